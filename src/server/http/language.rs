//! The language that a client asks for, of the two that the service has.

use actix_web::http::header::{ACCEPT_LANGUAGE, HeaderMap};
use export_advisor_core::wording::Lang;

/// The language of the greatest weight in `Accept-Language`; Chinese if it names neither.
pub(crate) fn accepted(headers: &HeaderMap) -> Lang {
    let value = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let lang = heaviest(value, |tag| {
        match tag.split('-').next().unwrap_or("").to_ascii_lowercase().as_str() {
            "zh" => Some(Lang::Zh),
            "en" => Some(Lang::En),
            _ => None,
        }
    });
    lang.unwrap_or(Lang::Zh)
}

/// Of the items of a header of the `Accept` family, the known one of the greatest weight; of equals the
/// first. A weight of 0 means "not this".
pub(crate) fn heaviest<T>(value: &str, known: impl Fn(&str) -> Option<T>) -> Option<T> {
    let mut best = (0.0, None);
    for item in value.split(',') {
        let mut parts = item.split(';').map(str::trim);
        let named = parts.next().unwrap_or("");
        let weight = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
        let weight = weight.map_or(Some(1.0), |weight| weight.trim().parse().ok());
        if let (Some(found), Some(weight)) = (known(named), weight)
            && weight > best.0
        {
            best = (weight, Some(found));
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    #[test]
    fn the_heaviest_of_the_two_languages_is_used() {
        for (value, lang) in [
            ("", Lang::Zh),
            ("en", Lang::En),
            ("en-GB,en;q=0.9", Lang::En),
            ("zh-CN,zh;q=0.9,en;q=0.8", Lang::Zh),
            ("de, en;q=0.5, zh;q=0.7", Lang::Zh),
            ("de;q=1, EN ; q=0.5", Lang::En),
            ("en;q=0", Lang::Zh),
            ("en;q=x", Lang::Zh),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static(value));
            assert_eq!(accepted(&headers), lang, "{value}");
        }
    }
}
