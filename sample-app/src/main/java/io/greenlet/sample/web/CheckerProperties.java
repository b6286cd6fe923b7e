package io.greenlet.sample.web;

import java.time.Duration;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/// The settings of the link checker.
///
/// @param connectTimeout how long a connection may take to come about
/// @param maxPageSize how large a page may be; a larger one is cut off there
/// @param maxRedirects how many redirects in a row are followed
/// @param remembered how many ended checks are remembered
/// @param siteLatency how long the bundled site waits before each answer, as if it were a network away
@ConfigurationProperties("checker")
record CheckerProperties(@DefaultValue("2s") Duration connectTimeout, @DefaultValue("4MB") DataSize maxPageSize,
        @DefaultValue("5") int maxRedirects, @DefaultValue("50") int remembered,
        @DefaultValue("0s") Duration siteLatency) {}
