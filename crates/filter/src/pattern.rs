/// A pattern with `*` and `?`, or a part of a text; letter case does not matter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pattern {
    /// In small letters.
    text: String,
    /// Its characters, if some of them stand for others.
    wild: Option<Vec<char>>,
}

const WILD: [char; 2] = ['*', '?'];

impl Pattern {
    /// From what somebody wrote.
    pub fn new(text: &str) -> Self {
        let text = text.to_lowercase();
        let wild = text.contains(WILD).then(|| text.chars().collect());
        Self { text, wild }
    }

    /// What every text that is taken has in it, in small letters; a search for that comes first.
    pub fn literal(&self) -> &str {
        self.text.split(WILD).max_by_key(|part| part.len()).unwrap_or_default()
    }

    /// Whether it takes a text.
    pub fn takes(&self, text: &str) -> bool {
        self.takes_small(&text.to_lowercase())
    }

    /// The same for a text in small letters.
    pub fn takes_small(&self, text: &str) -> bool {
        match &self.wild {
            None => text.contains(&self.text),
            Some(wild) => text.contains(self.literal()) && takes(wild, text),
        }
    }
}

fn takes(pattern: &[char], text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let (mut t, mut p) = (0, 0);
    // Where the latest `*` stands, and how much of the text it has taken.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || Some(c) == text.get(t) => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    p = at + 1;
                    t = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).unwrap_or_default().iter().all(|c| *c == '*')
}
