package io.greenlet.sample.crawl;

import java.net.URI;

/// A URL to visit.
///
/// @param url absolute, http or https, without a fragment
/// @param role what it is to the check
public record Target(URI url, Role role) {}
