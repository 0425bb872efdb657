//! The description of the API: OpenAPI 3.1, from the handlers, with the profile's form from the
//! fact catalogue.

use super::state::State;
use super::{assessments, catalogue, error, health, policies, supports, types};
use crate::assessment::Advisor;
use crate::facts::{Catalogue, json_schema};
use actix_web::{HttpResponse, web};
use serde_json::{Value, json};
use utoipa::OpenApi as _;

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "export-advisor",
        description = "Tells a firm which supports of a trade policy document concern it, why, what is missing, what would change the answer, and where to go. An answer is a pure function of (rule book, as-of date, profile); profiles are not stored.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    servers((url = "/", description = "This server")),
    tags(
        (name = "assessments", description = "Answers for a firm"),
        (name = "policies", description = "The documents, sentence by sentence"),
        (name = "supports", description = "What the documents hold out"),
        (name = "rules", description = "Facts and the rule book"),
        (name = "operation", description = "Running the service"),
    ),
    paths(
        assessments::assess,
        policies::list,
        policies::get,
        supports::list,
        supports::get,
        catalogue::facts,
        catalogue::rulebook,
        health::health,
    ),
    components(schemas(types::Assessment, error::Problem))
)]
struct Description;

/// The description for the rules built into the program.
#[must_use]
pub fn description() -> String {
    let loaded = crate::script::load(&crate::files::RuleFiles::builtin());
    format!("{:#}", document(&loaded.book.catalogue))
}

fn document(catalogue: &Catalogue) -> Value {
    let mut document = serde_json::to_value(Description::openapi()).unwrap_or(Value::Null);
    let mut profile = json_schema(catalogue);
    if let Some(schema) = profile.as_object_mut() {
        schema.remove("$schema");
    }
    if let Some(schemas) =
        document.pointer_mut("/components/schemas").and_then(Value::as_object_mut)
    {
        schemas.insert("Profile".to_owned(), profile);
        schemas.sort_keys();
    }
    let body = "/paths/~1api~1v1~1assessments/post/requestBody/content/application~1json/schema";
    if let Some(schema) = document.pointer_mut(body) {
        *schema = json!({ "$ref": "#/components/schemas/Profile" });
    }
    document
}

/// Serves the description.
pub(super) async fn serve(state: web::Data<State>) -> HttpResponse {
    let advisor: std::sync::Arc<Advisor> = state.advisor();
    let document = document(&advisor.book().catalogue);
    HttpResponse::Ok().content_type("application/json").body(format!("{document:#}\n"))
}
