package io.greenlet.sample.crawl;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The text of a link, resolved the way browsers do: surrounding space and fragment dropped, characters that a URL must
/// not have escaped, dot segments removed (also those that climb above the root), host in lower case, no default port.
/// Two texts that name the same resource become equal URLs.
final class UrlReference {

    private static final Pattern SCHEME = Pattern.compile("([a-zA-Z][a-zA-Z0-9+.-]*):.*", Pattern.DOTALL);
    private static final Pattern AUTHORITY = Pattern.compile("(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?//[^/?]*");
    private static final Pattern LEADING_DOTS = Pattern.compile("^(?:/\\.\\.(?=/|$))+");
    private static final String LEGAL = "-._~:/?@!$&'()*+,;=";

    private UrlReference() {}

    /// Returns what a link text names, or nothing if that is no http(s) URL (`mailto:`, `javascript:`, …).
    ///
    /// @param base the URL of the page
    /// @param text the text of the link
    /// @throws URISyntaxException if the text is no URL
    static Optional<URI> resolve(URI base, String text) throws URISyntaxException {
        String reference = withoutFragment(text.strip().replaceAll("[\\t\\r\\n]", ""));
        Matcher scheme = SCHEME.matcher(reference);
        if (scheme.matches() && !isHttp(scheme.group(1))) {
            return Optional.empty();
        }
        URI relative = new URI(escape(reference));
        return Optional.of(normalise(relative.isAbsolute() ? relative : join(base, relative)));
    }

    /// Returns the absolute http(s) URL that a text is.
    ///
    /// @throws URISyntaxException if it is none
    static URI absolute(String text) throws URISyntaxException {
        Matcher scheme = SCHEME.matcher(text.strip());
        if (!scheme.matches() || !isHttp(scheme.group(1))) {
            throw new URISyntaxException(text, "no absolute http or https URL");
        }
        return normalise(new URI(escape(withoutFragment(text.strip()))));
    }

    private static boolean isHttp(String scheme) {
        return scheme.equalsIgnoreCase("http") || scheme.equalsIgnoreCase("https");
    }

    private static String withoutFragment(String text) {
        int hash = text.indexOf('#');
        return hash < 0 ? text : text.substring(0, hash);
    }

    /// [URI#resolve(URI)] but for a reference without a path, which keeps the path of the base.
    private static URI join(URI base, URI relative) throws URISyntaxException {
        if (relative.getRawAuthority() != null || !relative.getRawPath().isEmpty()) {
            return base.resolve(relative);
        }
        if (relative.getRawQuery() == null) {
            return base;
        }
        return new URI(base.getScheme() + "://" + base.getRawAuthority() + base.getRawPath() + '?'
                + relative.getRawQuery());
    }

    private static URI normalise(URI url) throws URISyntaxException {
        String host = url.getHost();
        if (host == null) {
            throw new URISyntaxException(url.toString(), "no host, or not one that a URL may have");
        }
        String scheme = url.getScheme().toLowerCase(Locale.ROOT);
        int port = url.getPort() == (scheme.equals("http") ? 80 : 443) ? -1 : url.getPort();
        if (port > 65535) {
            throw new URISyntaxException(url.toString(), "port must be at most 65535: " + port);
        }
        String path = LEADING_DOTS.matcher(url.normalize().getRawPath()).replaceFirst("");
        return new URI(scheme + "://" + host.toLowerCase(Locale.ROOT) + (port < 0 ? "" : ":" + port)
                + (path.isEmpty() ? "/" : path) + (url.getRawQuery() == null ? "" : '?' + url.getRawQuery()));
    }

    /// Escapes what a URL must not have. Brackets are legal in the authority (IPv6) only.
    private static String escape(String reference) {
        Matcher authority = AUTHORITY.matcher(reference);
        int path = authority.lookingAt() ? authority.end() : 0;
        StringBuilder escaped = new StringBuilder(reference.length() + 8).append(reference, 0, path);
        byte[] bytes = reference.substring(path).getBytes(UTF_8);
        for (int i = 0; i < bytes.length; i++) {
            char c = (char) (bytes[i] & 0xff);
            boolean escape = c == '%' && i + 2 < bytes.length && isHex(bytes[i + 1]) && isHex(bytes[i + 2]);
            if (escape || isAlphanumeric(c) || LEGAL.indexOf(c) >= 0) {
                escaped.append(c);
            } else {
                escaped.append(String.format(Locale.ROOT, "%%%02X", (int) c));
            }
        }
        return escaped.toString();
    }

    private static boolean isAlphanumeric(char c) {
        return c < 128 && Character.isLetterOrDigit(c);
    }

    private static boolean isHex(byte b) {
        return Character.digit(b, 16) >= 0;
    }
}
