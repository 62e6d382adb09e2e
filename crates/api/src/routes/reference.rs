//! The OpenAPI document as a page that loads nothing from elsewhere and runs no scripts.

use std::fmt::{self, Write as _};

use axum::http::header;
use axum::response::IntoResponse;
use serde_json::Value;

/// The page.
pub(super) fn page(document: &Value) -> String {
    let mut out = String::new();
    // Writing to a string does not fail.
    let _ = write(&mut out, document);
    out
}

/// How it looks.
pub(super) async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("reference.css"))
}

fn write(out: &mut String, document: &Value) -> fmt::Result {
    let text = |pointer: &str| Text(document.pointer(pointer).and_then(Value::as_str).unwrap_or_default());
    let (title, version) = (text("/info/title"), text("/info/version"));
    write!(
        out,
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{title} API</title>\
         <link rel=\"stylesheet\" href=\"/api/v1/reference.css\"></head><body><header><h1>{title} API</h1>\
         <p>{} Version {version}. <a href=\"/api/v1/openapi.json\">OpenAPI document</a></p></header><nav><ul>",
        text("/info/description"),
    )?;
    let empty = serde_json::Map::new();
    let paths = document.get("paths").and_then(Value::as_object).unwrap_or(&empty);
    let operations = || {
        paths.iter().flat_map(|(path, methods)| {
            let methods = methods.as_object().unwrap_or(&empty);
            methods
                .iter()
                .filter(|(_, operation)| operation.is_object())
                .map(move |(name, it)| (path, name, it))
        })
    };
    for (path, method, _) in operations() {
        let (method, path) = (Text(method), Text(path));
        write!(out, "<li><a href=\"#{method}{path}\"><b>{method}</b> {path}</a></li>")?;
    }
    out.push_str("</ul></nav><main>");
    for (path, method, operation) in operations() {
        let (method, path) = (Text(method), Text(path));
        let summary = Text(operation.get("summary").and_then(Value::as_str).unwrap_or_default());
        write!(out, "<section id=\"{method}{path}\"><h2><b>{method}</b> {path}</h2><p>{summary}</p>")?;
        parameters(out, operation)?;
        if let Some(body) = operation.get("requestBody") {
            write!(out, "<h3>Body</h3>")?;
            content(out, document, body)?;
        }
        write!(out, "<h3>Answers</h3><dl>")?;
        for (status, answer) in operation.get("responses").and_then(Value::as_object).unwrap_or(&empty) {
            write!(out, "<dt>{}</dt><dd>", Text(status))?;
            content(out, document, answer)?;
            out.push_str("</dd>");
        }
        out.push_str("</dl></section>");
    }
    out.push_str("</main></body></html>");
    Ok(())
}

fn parameters(out: &mut String, operation: &Value) -> fmt::Result {
    let Some(parameters) = operation.get("parameters").and_then(Value::as_array) else { return Ok(()) };
    out.push_str("<h3>Parameters</h3><dl>");
    for parameter in parameters {
        let text = |name: &str| Text(parameter.get(name).and_then(Value::as_str).unwrap_or_default());
        let kind = parameter.get("schema").map(kind).unwrap_or_default();
        write!(
            out,
            "<dt><code>{}</code> <small>{} {}</small></dt><dd>{}</dd>",
            text("name"),
            Text(&kind),
            text("in"),
            text("description")
        )?;
    }
    out.push_str("</dl>");
    Ok(())
}

/// What is in a body: its fields, where they are known.
fn content(out: &mut String, document: &Value, body: &Value) -> fmt::Result {
    let said = body.get("description").and_then(Value::as_str).unwrap_or_default();
    write!(out, "{}", Text(said))?;
    let types = body.get("content").and_then(Value::as_object);
    let Some(schema) = types.and_then(|types| types.values().next()?.get("schema")) else { return Ok(()) };
    let named = resolved(document, schema);
    write!(out, " <small>{}</small>", Text(&kind(schema)))?;
    let Some(fields) = named.get("properties").and_then(Value::as_object) else { return Ok(()) };
    out.push_str("<ul>");
    for (name, field) in fields {
        let about = Text(field.get("description").and_then(Value::as_str).unwrap_or_default());
        write!(out, "<li><code>{}</code> <small>{}</small> {about}</li>", Text(name), Text(&kind(field)))?;
    }
    out.push_str("</ul>");
    Ok(())
}

fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let target = schema.get("$ref").and_then(Value::as_str).and_then(|name| name.strip_prefix('#'));
    target.and_then(|pointer| document.pointer(pointer)).unwrap_or(schema)
}

/// What kind of value it is, in a word or two.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        return name.rsplit('/').next().unwrap_or_default().to_owned();
    }
    let one = |kind: &Value| kind.as_str().map(str::to_owned);
    let kinds = match schema.get("type") {
        Some(Value::Array(kinds)) => kinds.iter().filter_map(one).filter(|kind| kind != "null").collect(),
        Some(kind) => one(kind).into_iter().collect::<Vec<_>>(),
        None => Vec::new(),
    };
    match schema.get("items") {
        Some(items) if kinds.first().is_some_and(|kind| kind == "array") => {
            format!("list of {}", kind(items))
        }
        _ => kinds.join(" or "),
    }
}

/// Text in HTML: nothing of it is markup.
struct Text<'a>(&'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '&' => f.write_str("&amp;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_there_and_no_text_is_markup() {
        let (_, document) = super::super::router();
        let mut document = serde_json::to_value(document).unwrap();
        document["info"]["title"] = "<script>alert(1)</script>".into();
        let page = page(&document);
        assert!(!page.contains("<script"), "{page}");
        for (path, methods) in document["paths"].as_object().unwrap() {
            for method in methods.as_object().unwrap().keys() {
                assert!(page.contains(&format!("id=\"{method}{path}\"")), "{method} {path}");
            }
        }
        for foreign in ["http://", "https://", "//cdn", "style=\""] {
            assert!(!page.contains(foreign), "{foreign}");
        }
    }
}
