//! The language that a client asks for, of the two that there are.

use crate::wording::Lang;
use actix_web::http::header::{ACCEPT_LANGUAGE, HeaderMap};

/// The first of `Accept-Language` that there is, by its weights; Chinese if none is.
#[must_use]
pub fn accepted(headers: &HeaderMap) -> Lang {
    let value = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let mut best = (0.0, Lang::Zh);
    for item in value.split(',') {
        let (tag, weight) = item.split_once(';').unwrap_or((item, ""));
        let weight = weight.trim().strip_prefix("q=").map_or(Some(1.0), |q| q.trim().parse().ok());
        let lang = match tag.trim().split('-').next().unwrap_or("").to_ascii_lowercase().as_str() {
            "zh" => Lang::Zh,
            "en" => Lang::En,
            _ => continue,
        };
        if let Some(weight) = weight
            && weight > best.0
        {
            best = (weight, lang);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;

    #[test]
    fn the_heaviest_of_the_two_languages_is_taken() {
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
