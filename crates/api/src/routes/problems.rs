//! What every route may answer beside what it says itself, in the document.

use utoipa::openapi::path::{Operation, Parameter, PathItem};
use utoipa::openapi::response::{Response, Responses};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, Schema};

const JSON: &str = "application/json";
const PROBLEM: &str = "application/problem+json";
const SCHEMA: &str = "#/components/schemas/Problem";

/// Problems have a media type of their own (RFC 9457 s3), and any route may answer with one: who asks
/// may not, or too often, or in a way that is none.
pub(super) fn complete(document: &mut OpenApi) {
    for item in document.paths.paths.values_mut() {
        for operation in operations(item) {
            retype(&mut operation.responses);
            operation.parameters.iter_mut().flatten().for_each(describe);
            let mut other = Response::new("The request is refused, or cannot be answered now");
            other.content.insert(PROBLEM.to_owned(), RefOr::T(Content::new(Some(Ref::new(SCHEMA)))));
            operation.responses.responses.insert("default".to_owned(), RefOr::T(other));
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, put, post, delete, patch, head, options, trace, .. } = item;
    [get, put, post, delete, patch, head, options, trace].into_iter().flatten()
}

fn retype(responses: &mut Responses) {
    for (status, response) in &mut responses.responses {
        let RefOr::T(response) = response else { continue };
        if status.starts_with(['4', '5'])
            && let Some(content) = response.content.shift_remove(JSON)
        {
            response.content.insert(PROBLEM.to_owned(), content);
        }
    }
}

/// A schema that is written by hand takes its description with it; readers look for it at the parameter.
fn describe(parameter: &mut RefOr<Parameter>) {
    let RefOr::T(parameter) = parameter else { return };
    if parameter.description.is_none()
        && let Some(RefOr::T(Schema::Object(schema))) = &mut parameter.schema
    {
        parameter.description = schema.description.take();
    }
}
