//! Where a server is, and the address of one request.

use std::net::IpAddr;

use reqwest::Url;

/// What is sent along, which decides how a server may be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// A token or a password: over TLS, or to this machine itself.
    Secret,
    /// Nothing that anybody else could use: any host, also without TLS. What it answers can be read, and
    /// changed, on the way.
    Nothing,
}

/// The address of a server.
#[derive(Clone, Debug)]
pub struct Address(Url);

/// The address of one request, on the server of the [`Address`] that it was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target(Url);

impl Address {
    /// The server at `text`: `https://api.github.com`, `https://ghes.example.org/api/v3`. With a secret and
    /// without TLS only this machine is asked, for what is sent anywhere else can be read on the way.
    ///
    /// # Errors
    /// When it is no address, or one that must not be used, in words that may stand after a colon.
    pub fn new(text: &str, trust: Trust) -> Result<Self, &'static str> {
        let url = Url::parse(text).map_err(|_| "it is not the address of an API")?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("it holds a user name or a password");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err("it goes on after its path");
        }
        let address = Self(url);
        match (address.0.scheme(), trust) {
            ("https", _) | ("http", Trust::Nothing) => Ok(address),
            ("http", Trust::Secret) if address.is_this_machine() => Ok(address),
            ("http", Trust::Secret) => Err("a token is sent over https only"),
            (_, Trust::Secret) => Err("it does not begin with https"),
            (_, Trust::Nothing) => Err("it begins with neither https nor http"),
        }
    }

    /// Whether it is one of this machine's own addresses. A name such as `localhost` is none: whoever
    /// answers for names says where it leads.
    pub fn is_this_machine(&self) -> bool {
        let host = self.0.host_str().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// Whether it is asked without TLS.
    pub fn is_plain(&self) -> bool {
        self.0.scheme() == "http"
    }

    /// The host, with the port where that is not the usual one: what the header `Host` says.
    pub fn host(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        match self.0.port() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// The path that everything stands below, which begins with a slash.
    pub fn path(&self) -> &str {
        self.0.path()
    }

    /// The address below this one that `segments` and `query` lead to, whatever they hold; nothing where
    /// a segment would lead somewhere else.
    pub fn at(&self, segments: &[&str], query: &[(&str, &str)]) -> Option<Target> {
        if segments.iter().any(|segment| matches!(*segment, "" | "." | "..")) {
            return None;
        }
        let mut url = self.0.clone();
        url.path_segments_mut().ok()?.pop_if_empty().extend(segments);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Some(Target(url))
    }

    /// The address on this server with exactly this path and query, whose characters are escaped already;
    /// nothing where another one would be asked. It is for requests whose signature is over their address.
    pub fn exactly(&self, path: &str, query: Option<&str>) -> Option<Target> {
        let mut url = self.0.clone();
        url.set_path(path);
        url.set_query(query);
        let is_same = url.path() == path && url.query() == query;
        is_same.then_some(Target(url))
    }
}

impl Target {
    /// The whole address.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    pub(crate) fn url(&self) -> Url {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, wanted: Result<bool, &str>) {
        let address = Address::new(text, Trust::Secret);
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
    fn where_nothing_is_secret_any_host_is_asked() {
        let is_fine = |text| Address::new(text, Trust::Nothing).map(|_| ());
        assert_eq!(is_fine("http://prometheus.monitoring:9090"), Ok(()));
        assert_eq!(is_fine("http://localhost:9090/prometheus"), Ok(()));
        assert_eq!(is_fine("https://prometheus.example.org"), Ok(()));
        assert_eq!(is_fine("file:///etc/passwd"), Err("it begins with neither https nor http"));
        assert_eq!(is_fine("http://me:pw@h"), Err("it holds a user name or a password"));
    }

    #[test]
    fn the_host_has_its_port_only_where_it_is_an_unusual_one() {
        let host = |text| Address::new(text, Trust::Nothing).unwrap().host();
        assert_eq!(host("https://h:443/a"), "h");
        assert_eq!(host("http://h:80"), "h");
        assert_eq!(host("http://h:9000"), "h:9000");
        assert_eq!(host("http://[::1]:9000"), "[::1]:9000");
    }

    #[track_caller]
    fn check_at(base: &str, segments: &[&str], query: &[(&str, &str)], wanted: Option<&str>) {
        let target = Address::new(base, Trust::Secret).unwrap().at(segments, query);
        assert_eq!(target.as_ref().map(Target::as_str), wanted, "{segments:?} {query:?}");
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
        check_at("https://h", &["a"], &[], Some("https://h/a"));
        for odd in ["", ".", ".."] {
            check_at("https://h", &["repos", odd], &[("x", "1")], None);
        }
    }

    #[test]
    fn an_address_is_asked_exactly_or_not_at_all() {
        let address = Address::new("https://h/base", Trust::Secret).unwrap();
        let at =
            |path, query| address.exactly(path, query).map(|target| target.as_str().to_owned());
        assert_eq!(at("/b/a%20%28b%29/~c", None).as_deref(), Some("https://h/b/a%20%28b%29/~c"));
        assert_eq!(at("/b", Some("x=%2F&y")).as_deref(), Some("https://h/b?x=%2F&y"));
        for odd in
            ["/a/../b", "/a/./b", "/a b", "/a?b", "/a#b", "a", "/a\\b", "/\u{fc}", "/a\nb", ""]
        {
            assert_eq!(at(odd, None), None, "{odd:?}");
        }
        assert_eq!(at("/a", Some("x=a b")), None);
        assert_eq!(at("/a", Some("x#y")), None);
    }

    proptest! {
        #[test]
        fn no_name_leads_out_of_the_base(segment in ".*", value in ".*") {
            let address = Address::new("https://h/api/v3", Trust::Secret).unwrap();
            let Some(Target(url)) = address.at(&["repos", &segment], &[("q", &value)]) else {
                return Ok(());
            };
            let segments: Vec<&str> = url.path_segments().unwrap().collect();
            prop_assert_eq!(segments.len(), 4, "{}", url);
            prop_assert_eq!(url.host_str(), Some("h"));
            prop_assert_eq!(url.fragment(), None);
            let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
            prop_assert_eq!(pairs, vec![("q".to_owned(), value)]);
        }

        #[test]
        fn no_path_leads_to_another_host(path in ".*", query in proptest::option::of(".*")) {
            let address = Address::new("https://h/api/v3", Trust::Secret).unwrap();
            if let Some(Target(url)) = address.exactly(&path, query.as_deref()) {
                prop_assert_eq!(url.host_str(), Some("h"));
                prop_assert_eq!(url.path(), path);
            }
        }
    }
}
