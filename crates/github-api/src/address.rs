//! Where the API is, and the address of one question.

use std::net::IpAddr;

use reqwest::Url;

/// The address of an API that a token may be sent to.
#[derive(Clone, Debug)]
pub(crate) struct Address(Url);

impl Address {
    /// The API at `text`: `https://api.github.com`, `https://ghes.example.org/api/v3`. Without TLS only
    /// this machine is asked, for what is sent anywhere else can be read, and changed, on the way.
    pub(crate) fn new(text: &str) -> Result<Self, &'static str> {
        let url = Url::parse(text).map_err(|_| "it is not the address of an API")?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("it holds a user name or a password");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err("it goes on after its path");
        }
        let address = Self(url);
        match address.0.scheme() {
            "https" => Ok(address),
            "http" if address.is_this_machine() => Ok(address),
            "http" => Err("a token is sent over https only"),
            _ => Err("it does not begin with https"),
        }
    }

    /// Whether it is one of this machine's own addresses. A name such as `localhost` is none: whoever
    /// answers for names says where it leads.
    pub(crate) fn is_this_machine(&self) -> bool {
        let host = self.0.host_str().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// Whether it is asked without TLS, which only this machine is.
    pub(crate) fn is_plain(&self) -> bool {
        self.0.scheme() == "http"
    }

    /// Whether it is a server of GitHub's customers' own, whose API stands below `/api/v3`.
    pub(crate) fn is_enterprise_server(&self) -> bool {
        self.0.path().trim_end_matches('/') == "/api/v3"
    }

    /// The address below this one that `segments` and `query` lead to, whatever they hold; nothing where
    /// a segment would lead somewhere else.
    pub(crate) fn at(&self, segments: &[&str], query: &[(&str, &str)]) -> Option<Url> {
        if segments.iter().any(|segment| matches!(*segment, "" | "." | "..")) {
            return None;
        }
        let mut url = self.0.clone();
        url.path_segments_mut().ok()?.pop_if_empty().extend(segments);
        url.query_pairs_mut().extend_pairs(query);
        Some(url)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, wanted: Result<bool, &str>) {
        let address = Address::new(text);
        assert_eq!(address.map(|it| it.is_this_machine()), wanted, "{text}");
    }

    #[test]
    fn a_token_goes_over_tls_or_stays_on_this_machine() {
        check("https://api.github.com", Ok(false));
        check("https://ghes.example.org/api/v3/", Ok(false));
        check("http://127.0.0.1:8080", Ok(true));
        check("http://127.9.9.9", Ok(true));
        check("http://[::1]:8080/api", Ok(true));
        check("https://127.0.0.1", Ok(true));
        let plain = Err("a token is sent over https only");
        check("http://api.github.com", plain);
        check("http://localhost:8080", plain);
        check("http://127.0.0.1.example.org", plain);
        check("http://[::ffff:127.0.0.1]", plain);
        check("http://0.0.0.0", plain);
        check("ftp://127.0.0.1", Err("it does not begin with https"));
        check("file:///etc/passwd", Err("it does not begin with https"));
        check("https://me:secret@api.github.com", Err("it holds a user name or a password"));
        check("https://api.github.com?a=b", Err("it goes on after its path"));
        check("https://api.github.com/#a", Err("it goes on after its path"));
        check("api.github.com", Err("it is not the address of an API"));
        check("https://xn--bcher-kva.example", Ok(false));
        check("https://b\u{fc}cher.example", Err("it is not the address of an API"));
        check("", Err("it is not the address of an API"));
    }

    #[test]
    fn a_server_of_ones_own_is_known_by_its_path() {
        let is = |text: &str| Address::new(text).unwrap().is_enterprise_server();
        assert!(is("https://ghes.example.org/api/v3") && is("https://ghes.example.org/api/v3/"));
        assert!(!is("https://api.github.com") && !is("https://api.acme.ghe.com/"));
    }

    #[track_caller]
    fn check_at(base: &str, segments: &[&str], query: &[(&str, &str)], wanted: Option<&str>) {
        let url = Address::new(base).unwrap().at(segments, query);
        assert_eq!(url.as_ref().map(Url::as_str), wanted, "{segments:?} {query:?}");
    }

    #[test]
    fn what_is_asked_for_stands_below_the_base() {
        let query = [("branch", "a&b#c/\u{fc} +")];
        let wanted = Some("https://h/api/v3/repos/o/r?branch=a%26b%23c%2F%C3%BC+%2B");
        check_at("https://h/api/v3", &["repos", "o", "r"], &query, wanted);
        check_at("https://h/api/v3/", &["repos", "o", "r"], &query, wanted);
        check_at(
            "https://h",
            &["a/b?c#d\\e%2e"],
            &[("x", "1")],
            Some("https://h/a%2Fb%3Fc%23d%5Ce%252e?x=1"),
        );
        for odd in ["", ".", ".."] {
            check_at("https://h", &["repos", odd], &[("x", "1")], None);
        }
    }

    proptest! {
        #[test]
        fn no_name_leads_out_of_the_base(segment in ".*", value in ".*") {
            let Some(url) = Address::new("https://h/api/v3").unwrap().at(&["repos", &segment], &[("q", &value)]) else {
                return Ok(());
            };
            let segments: Vec<&str> = url.path_segments().unwrap().collect();
            prop_assert_eq!(segments.len(), 4, "{}", url);
            prop_assert_eq!(url.host_str(), Some("h"));
            prop_assert_eq!(url.fragment(), None);
            let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
            prop_assert_eq!(pairs, vec![("q".to_owned(), value)]);
        }
    }
}
