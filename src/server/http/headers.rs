//! Headers that every answer has, whatever it is: what a browser may make of it.
//!
//! One place sets them, around the whole service. What only some answers need (`Content-Security-Policy`,
//! `Cache-Control`) stands with those.

use actix_web::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    CROSS_ORIGIN_OPENER_POLICY, HeaderName, HeaderValue, PERMISSIONS_POLICY, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use actix_web::middleware::Next;

const HEADERS: [(HeaderName, &str); 4] = [
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // Other sites learn nothing. This one does: with `no-referrer` a browser would send `Origin: null` with the
    // service's own forms, as the forms of other sites can have it.
    (REFERRER_POLICY, "same-origin"),
    (CROSS_ORIGIN_OPENER_POLICY, "same-origin"),
    // The pages copy a link, and use nothing else.
    (
        PERMISSIONS_POLICY,
        "accelerometer=(), autoplay=(), \
         browsing-topics=(), camera=(), clipboard-read=(), clipboard-write=(self), compute-pressure=(), \
         display-capture=(), encrypted-media=(), fullscreen=(), gamepad=(), geolocation=(), gyroscope=(), \
         hid=(), identity-credentials-get=(), idle-detection=(), local-fonts=(), magnetometer=(), \
         microphone=(), midi=(), otp-credentials=(), payment=(), picture-in-picture=(), \
         publickey-credentials-create=(), publickey-credentials-get=(), screen-wake-lock=(), serial=(), \
         storage-access=(), usb=(), window-management=(), xr-spatial-tracking=()",
    ),
];

/// Sets the headers that every answer has. Wraps the whole service.
///
/// # Errors
/// Those of the handlers.
pub(crate) async fn set_headers<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let mut response = next.call(request).await?;
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}
