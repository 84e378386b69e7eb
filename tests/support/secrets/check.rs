//! Numbers that end in, or begin with, a checksum: a device, a resident, a card, an account.

use super::kind::Kind;
use super::random::Random;
use super::shape::split;

/// A valid number of a kind that has a checksum, now and then in groups.
pub fn number(kind: Kind, random: &mut Random) -> String {
    match kind {
        Kind::Imei => imei(random),
        Kind::ResidentId => resident(random),
        Kind::BankCard => card(random),
        _ => iban(random),
    }
}

/// The digit that makes a number pass the check of Luhn (ISO/IEC 7812-1).
pub fn luhn(digits: &str) -> u32 {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte - b'0');
            let twice = if place % 2 == 0 { digit * 2 } else { digit };
            if twice > 9 { twice - 9 } else { twice }
        })
        .sum();
    (10 - sum % 10) % 10
}

/// 3GPP TS 23.003: type allocation code, serial, check digit.
fn imei(random: &mut Random) -> String {
    let number = random.pick(&["35", "86", "01", "99"]).to_owned() + &random.digits(12);
    let check = luhn(&number);
    match random.below(4) {
        0 => format!("{}-{}-{}-{check}", &number[..2], &number[2..8], &number[8..]),
        _ => format!("{number}{check}"),
    }
}

/// GB 11643-1999: region, date of birth, order, ISO 7064 MOD 11-2.
fn resident(random: &mut Random) -> String {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let region = random.pick(&["110101", "310115", "440305", "510107", "330106", "420111"]);
    let (year, month, day) = (random.between(1951, 2008), random.between(1, 12), random.between(1, 28));
    let head = format!("{region}{year}{month:02}{day:02}{}", random.digits(3));
    let sum: u32 = head.bytes().zip(WEIGHTS).map(|(b, w)| u32::from(b - b'0') * w).sum();
    let last = "10X98765432".as_bytes()[sum as usize % 11] as char;
    let last = if random.chance(3) { last.to_ascii_lowercase() } else { last };
    format!("{head}{last}")
}

fn card(random: &mut Random) -> String {
    let (prefix, length) =
        random.pick(&[("4", 16), ("52", 16), ("6222", 19), ("62170", 19), ("6011", 16), ("35", 16), ("62", 17), ("62", 18)]);
    let head = prefix.to_owned() + &random.digits(length - 1 - prefix.len());
    let number = format!("{head}{}", luhn(&head));
    match random.below(4) {
        0 => split(&number, 4, " "),
        1 => split(&number, 4, "-"),
        _ => number,
    }
}

/// ISO 13616: country, two check digits by MOD 97, account.
fn iban(random: &mut Random) -> String {
    let (country, account) = match random.below(3) {
        0 => ("DE", random.digits(18)),
        1 => ("FR", random.digits(23)),
        _ => ("GB", "NWBK".to_owned() + &random.digits(14)),
    };
    let as_digits = |text: &str| -> String { text.chars().map(|c| c.to_digit(36).map_or_else(String::new, |d| d.to_string())).collect() };
    let rest = as_digits(&format!("{account}{country}00")).bytes().fold(0_u32, |r, b| (r * 10 + u32::from(b - b'0')) % 97);
    let number = format!("{country}{:02}{account}", 98 - rest);
    if random.chance(3) { split(&number, 4, " ") } else { number }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_of_published_examples_hold() {
        // ISO/IEC 7812-1, annex B; GB 11643-1999, 7.2.
        assert_eq!(luhn("7992739871"), 3);
        let mut random = Random(1);
        for _ in 0..100 {
            let number: String = iban(&mut random).replace(' ', "");
            let turned = format!("{}{}", &number[4..], &number[..4]);
            let digits: String = turned.chars().map(|c| c.to_digit(36).unwrap().to_string()).collect();
            assert_eq!(digits.bytes().fold(0_u32, |r, b| (r * 10 + u32::from(b - b'0')) % 97), 1, "{number}");
        }
    }
}
