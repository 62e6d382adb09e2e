//! Packs what `npm run build` made into the crate. Without it the crate holds no files, and says so.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use flate2::Compression;
use flate2::write::GzEncoder;

fn main() -> io::Result<()> {
    let dist = Path::new(&env::var("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../../dashboard/dist");
    let out = PathBuf::from(env::var("OUT_DIR").unwrap_or_default());
    // A folder is looked into, however deep; one that is missing is looked for each time.
    println!("cargo::rerun-if-changed={}", dist.display());
    let mut files = Vec::new();
    if dist.is_dir() {
        collect(&dist, &mut files)?;
    } else {
        println!(
            "cargo::warning=the dashboard is not built, so it is not in the binary: `make dashboard` builds it"
        );
    }
    files.sort();
    let mut list = String::from("&[");
    for (number, path) in files.iter().enumerate() {
        let packed = out.join(format!("{number}.gz"));
        let mut encoder = GzEncoder::new(fs::File::create(&packed)?, Compression::best());
        encoder.write_all(&fs::read(path)?)?;
        encoder.finish()?;
        let name = path.strip_prefix(&dist).unwrap_or(path).to_string_lossy().replace('\\', "/");
        let _ =
            write!(list, "({:?}, include_bytes!({:?})),", format!("/{name}"), packed.display().to_string());
    }
    list.push(']');
    fs::write(out.join("files.rs"), list)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
