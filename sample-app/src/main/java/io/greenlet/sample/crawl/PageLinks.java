package io.greenlet.sample.crawl;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.nodes.Element;
import org.jspecify.annotations.Nullable;

/// The links of an HTML page.
///
/// A link is an element that names an http(s) URL: `a` and `area` (href), `iframe` and `frame` (src), which lead to
/// pages; `img` and `script` (src), `link` (href), which name resources. A `link` that only opens a connection (`rel`
/// `preconnect` or `dns-prefetch`) is none. `base` is honoured. Each element counts once, also if another has the same
/// URL.
final class PageLinks {

    /// The attribute that names the URL, by element.
    private static final Map<String, String> PAGES = Map.of("a", "href", "area", "href", "iframe", "src", "frame",
            "src");
    private static final Map<String, String> RESOURCES = Map.of("img", "src", "script", "src", "link", "href");
    private static final String ANY_LINK = "a[href], area[href], iframe[src], frame[src], img[src], script[src], "
            + "link[href]";
    private static final Set<String> NO_DOCUMENT = Set.of("preconnect", "dns-prefetch");

    private PageLinks() {}

    /// Reads a page.
    ///
    /// @param html its bytes
    /// @param charset the character set that the server named, null if it named none
    /// @param url where the page stands
    /// @throws IOException what reading the bytes threw
    static List<Link> of(InputStream html, @Nullable String charset, URI url) throws IOException {
        Document document = parse(html, charset, url);
        URI base = base(document, url);
        List<Link> links = new ArrayList<>();
        for (Element element : document.select(ANY_LINK)) {
            String attribute = PAGES.get(element.normalName());
            boolean resource = attribute == null;
            if (attribute == null) {
                attribute = RESOURCES.getOrDefault(element.normalName(), "href");
            }
            if (namesDocument(element)) {
                add(links, base, element.attr(attribute), resource);
            }
        }
        return links;
    }

    private static Document parse(InputStream html, @Nullable String charset, URI url) throws IOException {
        try {
            return Jsoup.parse(html, isKnown(charset) ? charset : null, url.toString());
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static boolean isKnown(@Nullable String charset) {
        try {
            return charset != null && Charset.isSupported(charset);
        } catch (IllegalCharsetNameException e) {
            return false;
        }
    }

    private static URI base(Document document, URI url) {
        Element base = document.selectFirst("base[href]");
        if (base == null) {
            return url;
        }
        try {
            return UrlReference.resolve(url, base.attr("href")).orElse(url);
        } catch (URISyntaxException e) {
            return url;
        }
    }

    private static boolean namesDocument(Element element) {
        return !element.nameIs("link")
                || Stream.of(element.attr("rel").toLowerCase(Locale.ROOT).split("\\s+"))
                        .noneMatch(NO_DOCUMENT::contains);
    }

    private static void add(List<Link> links, URI base, String text, boolean resource) {
        try {
            UrlReference.resolve(base, text).ifPresent(url -> links.add(new Link.To(url, resource)));
        } catch (URISyntaxException e) {
            links.add(new Link.Bad(text, e.getReason()));
        }
    }
}
