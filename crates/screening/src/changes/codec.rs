//! What a spool's records hold, as bytes.
//!
//! Owns the form of numbers, texts and values of facts. The bytes are read by the run that wrote them and by no other,
//! so the form can change at any time.

use export_advisor_core::facts::{FactId, Value};
use rust_decimal::Decimal;

/// How a fact was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Reading {
    /// The value; "not answered" where the cell cannot be read.
    pub(crate) value: Value,
    /// What is wrong with the cell, if it cannot be read.
    pub(crate) fault: Option<String>,
}

/// A number in as few bytes as it needs.
pub(crate) fn put_number(out: &mut Vec<u8>, number: u64) {
    let mut rest = number;
    while rest >= 0x80 {
        out.push(rest.to_le_bytes()[0] | 0x80);
        rest >>= 7;
    }
    out.push(rest.to_le_bytes()[0]);
}

/// A text with its length before it.
pub(crate) fn put_text(out: &mut Vec<u8>, text: &str) {
    put_number(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

/// What follows the index of a fact.
mod tag {
    pub(super) const UNKNOWN: u8 = 0;
    pub(super) const NO: u8 = 1;
    pub(super) const YES: u8 = 2;
    pub(super) const NUMBER: u8 = 3;
    pub(super) const ENUM: u8 = 4;
    pub(super) const CODE: u8 = 5;
    pub(super) const UNCHECKED: u8 = 6;
    pub(super) const NO_CODE: u8 = 7;
    pub(super) const ENUM_LIST: u8 = 8;
    pub(super) const CODES: u8 = 9;
    pub(super) const FAULT: u8 = 10;
}

/// A fact with its value; nothing if it is not answered.
pub(crate) fn put_value(out: &mut Vec<u8>, fact: FactId, value: &Value) {
    let tag = match value {
        Value::NotAnswered => return,
        Value::Unknown => tag::UNKNOWN,
        Value::Bool(false) => tag::NO,
        Value::Bool(true) => tag::YES,
        Value::Number(_) => tag::NUMBER,
        Value::Enum(_) => tag::ENUM,
        Value::Code(_) => tag::CODE,
        Value::UncheckedCode(_) => tag::UNCHECKED,
        Value::NoCode => tag::NO_CODE,
        Value::EnumList(_) => tag::ENUM_LIST,
        Value::Codes(_) => tag::CODES,
    };
    put_number(out, fact.index() as u64);
    out.push(tag);
    match value {
        Value::Number(number) => out.extend_from_slice(&number.serialize()),
        Value::Enum(index) => put_number(out, u64::from(*index)),
        Value::Code(code) | Value::UncheckedCode(code) => put_text(out, code),
        Value::EnumList(list) => {
            put_number(out, list.len() as u64);
            list.iter().for_each(|index| put_number(out, u64::from(*index)));
        }
        Value::Codes(list) => {
            put_number(out, list.len() as u64);
            list.iter().for_each(|code| put_text(out, code));
        }
        Value::NotAnswered | Value::Unknown | Value::Bool(_) | Value::NoCode => {}
    }
}

/// A fact whose cell cannot be read, and why.
pub(crate) fn put_fault(out: &mut Vec<u8>, fact: FactId, message: &str) {
    put_number(out, fact.index() as u64);
    out.push(tag::FAULT);
    put_text(out, message);
}

/// What is left to read of a record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decoder<'b>(pub(crate) &'b [u8]);

impl<'b> Decoder<'b> {
    /// Whether nothing is left.
    pub(crate) fn is_at_end(&self) -> bool {
        self.0.is_empty()
    }

    /// The next byte.
    pub(crate) fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// The next bytes.
    pub(crate) fn bytes<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (first, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*first)
    }

    /// The next number.
    pub(crate) fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn size(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    /// The next text.
    pub(crate) fn text(&mut self) -> Option<&'b str> {
        let length = self.size()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        std::str::from_utf8(text).ok()
    }

    /// The next fact, and how it was read.
    pub(crate) fn reading(&mut self) -> Option<(FactId, Reading)> {
        let fact = FactId::from(self.size()?);
        let value = match self.byte()? {
            tag::UNKNOWN => Value::Unknown,
            tag::NO => Value::Bool(false),
            tag::YES => Value::Bool(true),
            tag::NUMBER => Value::Number(Decimal::deserialize(self.bytes()?)),
            tag::ENUM => Value::Enum(self.index()?),
            tag::CODE => Value::Code(self.text()?.to_owned()),
            tag::UNCHECKED => Value::UncheckedCode(self.text()?.to_owned()),
            tag::NO_CODE => Value::NoCode,
            tag::ENUM_LIST => {
                let count = self.size()?;
                Value::EnumList((0..count).map(|_| self.index()).collect::<Option<_>>()?)
            }
            tag::CODES => {
                let count = self.size()?;
                let codes = (0..count).map(|_| self.text().map(str::to_owned));
                Value::Codes(codes.collect::<Option<_>>()?)
            }
            tag::FAULT => {
                let fault = Some(self.text()?.to_owned());
                return Some((fact, Reading { value: Value::NotAnswered, fault }));
            }
            _ => return None,
        };
        Some((fact, Reading { value, fault: None }))
    }

    fn index(&mut self) -> Option<u16> {
        u16::try_from(self.number()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut bytes = Vec::new();
        let numbers = [0, 1, 127, 128, 16_383, 16_384, u64::MAX];
        numbers.iter().for_each(|number| put_number(&mut bytes, *number));
        let values = [
            Value::Unknown,
            Value::Bool(false),
            Value::Bool(true),
            Value::Number(Decimal::new(-1250, 2)),
            Value::Number(Decimal::MAX),
            Value::Enum(300),
            Value::Code("440300".to_owned()),
            Value::UncheckedCode("９1é".to_owned()),
            Value::NoCode,
            Value::EnumList(vec![0, 7, 500]),
            Value::EnumList(vec![]),
            Value::Codes(vec!["US".to_owned(), "JP".to_owned()]),
            Value::Codes(vec![]),
        ];
        for (index, value) in values.iter().enumerate() {
            put_value(&mut bytes, FactId::from(index * 40), value);
        }
        put_value(&mut bytes, FactId::from(9_usize), &Value::NotAnswered);
        put_fault(&mut bytes, FactId::from(9_usize), "读不出来");
        let mut decoder = Decoder(&bytes);
        for number in numbers {
            assert_eq!(decoder.number(), Some(number));
        }
        for (index, value) in values.into_iter().enumerate() {
            let (fact, reading) = decoder.reading().unwrap();
            assert_eq!((fact.index(), reading.value, reading.fault), (index * 40, value, None));
        }
        let (fact, reading) = decoder.reading().unwrap();
        assert_eq!((fact.index(), reading.value), (9, Value::NotAnswered));
        assert_eq!(reading.fault.as_deref(), Some("读不出来"));
        assert!(decoder.is_at_end());
        // A number keeps the digits that it was written with.
        let mut bytes = Vec::new();
        put_value(&mut bytes, FactId::from(0_usize), &Value::Number(Decimal::new(150, 2)));
        let (_, reading) = Decoder(&bytes).reading().unwrap();
        assert!(matches!(reading.value, Value::Number(n) if n.to_string() == "1.50"));
        for end in 0..bytes.len() {
            assert_eq!(Decoder(bytes.get(..end).unwrap()).reading(), None, "cut at {end}");
        }
    }
}
