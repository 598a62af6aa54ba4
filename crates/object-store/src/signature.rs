//! AWS Signature Version 4 for a request that is sent in one piece.
//!
//! Source: Amazon Simple Storage Service API Reference, "Signature Calculations for the Authorization Header:
//! Transferring Payload in a Single Chunk (AWS Signature Version 4)"; RFC 2104 (HMAC).

use std::collections::BTreeMap;

use repo_model::hexadecimal;
use sha2::{Digest as _, Sha256};

/// How many bytes a block of SHA-256 has.
const BLOCK: usize = 64;

/// What is signed.
#[derive(Clone, Debug)]
pub(crate) struct Signed<'a> {
    /// `PUT`.
    pub(crate) method: &'a str,
    /// The path, escaped.
    pub(crate) path: &'a str,
    /// The query, escaped, with its parts sorted.
    pub(crate) query: &'a str,
    /// The headers, by their names in lower case.
    pub(crate) headers: &'a BTreeMap<&'a str, String>,
    /// The SHA-256 of the body, in hexadecimal.
    pub(crate) body: &'a str,
}

/// By whom, where and when.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) access_key: &'a str,
    pub(crate) secret_key: &'a str,
    pub(crate) region: &'a str,
    /// The moment: `20130524T000000Z`.
    pub(crate) stamp: &'a str,
    /// Its day: `20130524`.
    pub(crate) date: &'a str,
}

/// The SHA-256 of bytes, in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// The value of the header `Authorization`.
pub(crate) fn authorization(signed: &Signed<'_>, scope: Scope<'_>) -> String {
    let names: Vec<&str> = signed.headers.keys().copied().collect();
    let names = names.join(";");
    let lines = signed.headers.iter().map(|(name, value)| format!("{name}:{}\n", trimmed(value)));
    let canonical =
        [signed.method, signed.path, signed.query, &lines.collect::<String>(), &names, signed.body]
            .join("\n");
    let place = format!("{}/{}/s3/aws4_request", scope.date, scope.region);
    let to_sign =
        format!("AWS4-HMAC-SHA256\n{}\n{place}\n{}", scope.stamp, sha256(canonical.as_bytes()));
    let first = format!("AWS4{}", scope.secret_key);
    let steps = [scope.date, scope.region, "s3", "aws4_request", &to_sign];
    let signature = steps.iter().fold(first.into_bytes(), |key, step| hmac(&key, step.as_bytes()));
    format!(
        "AWS4-HMAC-SHA256 Credential={}/{place},SignedHeaders={names},Signature={}",
        scope.access_key,
        hexadecimal(&signature)
    )
}

/// A value without spaces around it, and with one where there are several.
fn trimmed(value: &str) -> String {
    value.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut block = if key.len() > BLOCK { Sha256::digest(key).to_vec() } else { key.to_vec() };
    block.resize(BLOCK, 0);
    let with = |pad: u8| block.iter().map(move |byte| byte ^ pad).collect::<Vec<u8>>();
    let inner = Sha256::new().chain_update(with(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(with(0x5c)).chain_update(inner).finalize().to_vec()
}

/// The bytes escaped as signatures want them: everything but letters, digits, `-`, `.`, `_`, `~`, and the slash
/// between segments.
pub(crate) fn escaped(path: &str) -> String {
    let mut escaped = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push('%');
            escaped.push_str(&hexadecimal(&[byte]).to_ascii_uppercase());
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test cases 1, 2 and 6.
    #[test]
    fn hmac_is_that_of_its_rfc() {
        let check = |key: &[u8], message: &[u8], wanted: &str| {
            assert_eq!(hexadecimal(&hmac(key, message)), wanted);
        };
        check(
            &[0x0b; 20],
            b"Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        );
        check(
            b"Jefe",
            b"what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        );
        check(
            &[0xaa; 131],
            b"Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        );
    }

    /// The examples of the page above, with the keys and the moment that it gives.
    #[track_caller]
    fn check_published(
        method: &str,
        path: &str,
        query: &str,
        headers: &[(&'static str, &str)],
        body: &[u8],
        signature: &str,
    ) {
        let body = sha256(body);
        let mut all: BTreeMap<&str, String> =
            headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        all.insert("host", "examplebucket.s3.amazonaws.com".to_owned());
        all.insert("x-amz-date", "20130524T000000Z".to_owned());
        all.insert("x-amz-content-sha256", body.clone());
        let signed = Signed { method, path, query, headers: &all, body: &body };
        let scope = Scope {
            access_key: "AKIAIOSFODNN7EXAMPLE",
            secret_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            region: "us-east-1",
            stamp: "20130524T000000Z",
            date: "20130524",
        };
        let value = authorization(&signed, scope);
        let (_, found) = value.rsplit_once("Signature=").unwrap();
        assert_eq!(found, signature, "{value}");
    }

    #[test]
    fn signatures_are_those_that_amazon_publishes() {
        check_published(
            "GET",
            "/test.txt",
            "",
            &[("range", "bytes=0-9")],
            b"",
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        );
        check_published(
            "PUT",
            &escaped("/test$file.text"),
            "",
            &[
                ("date", "Fri, 24 May 2013 00:00:00 GMT"),
                ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
            ],
            b"Welcome to Amazon S3.",
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        );
        check_published(
            "GET",
            "/",
            "lifecycle=",
            &[],
            b"",
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
        );
        check_published(
            "GET",
            "/",
            "max-keys=2&prefix=J",
            &[],
            b"",
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
        );
    }
}
