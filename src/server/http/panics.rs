//! A panic of a handler becomes the answer 500.
//!
//! A panic is a fault of the program: an invariant does not hold. Without this layer actix drops the connection
//! without an answer, and the requests that the client sent ahead are lost with it. The panic's message goes to
//! standard error by the process's hook; the answer has none of it.
//!
//! INVARIANT: a request that panics leaves nothing half done that others see. Shared state stands behind locks whose
//! sections do not call handlers, or is replaced as a whole.

use crate::server::api::error::{Problem, ProblemCode};
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, ResponseError as _};
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

/// Answers 500 where the handler panics. Wraps a resource, after routing.
///
/// # Errors
/// Those of the handler.
pub(crate) async fn catch_panics<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let again = request.request().clone();
    let mut call = pin!(async move { next.call(request).await });
    let result = poll_fn(|cx| {
        // After a panic the future is dropped, and never polled again.
        let polled = catch_unwind(AssertUnwindSafe(|| call.as_mut().poll(cx)));
        match polled {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(result)) => Poll::Ready(Some(result)),
            Err(_) => Poll::Ready(None),
        }
    });
    match result.await {
        Some(result) => Ok(result?.map_into_left_body()),
        None => {
            tracing::error!("a handler panicked");
            let response = Problem::new(ProblemCode::Internal).error_response();
            Ok(ServiceResponse::new(again, response).map_into_right_body())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::middleware::from_fn;
    use actix_web::{App, HttpResponse, test, web};

    #[expect(clippy::panic, reason = "the subject of the test")]
    async fn panics() -> HttpResponse {
        actix_web::rt::task::yield_now().await;
        panic!("an invariant does not hold");
    }

    #[actix_web::test]
    async fn a_panic_is_answered_and_the_next_request_is_served() {
        let resource = |path| web::resource(path).wrap(from_fn(catch_panics));
        let app = App::new()
            .service(resource("/panics").route(web::get().to(panics)))
            .service(resource("/ok").route(web::get().to(HttpResponse::Ok)));
        let app = test::init_service(app).await;
        for (path, status) in [("/panics", 500), ("/ok", 200), ("/panics", 500)] {
            let request = test::TestRequest::get().uri(path).to_request();
            let response = test::call_service(&app, request).await;
            assert_eq!(response.status(), status, "{path}");
            if status == 500 {
                let body = test::read_body(response).await;
                let body = String::from_utf8_lossy(&body).into_owned();
                assert!(body.contains("\"internal\"") && !body.contains("invariant"), "{body}");
            }
        }
    }
}
