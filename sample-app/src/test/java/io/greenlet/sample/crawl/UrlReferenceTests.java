package io.greenlet.sample.crawl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.net.URISyntaxException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(10)
class UrlReferenceTests {

    private static final URI BASE = URI.create("http://h.test/a/b.html?q=1");

    @ParameterizedTest
    @CsvSource(delimiter = '|', ignoreLeadingAndTrailingWhitespace = false, value = {
            "c.html|http://h.test/a/c.html",
            "./c/../d.html|http://h.test/a/d.html",
            "../c.html|http://h.test/c.html",
            "../../../c.html|http://h.test/c.html",
            "..|http://h.test/",
            "/|http://h.test/",
            "/c/./d/|http://h.test/c/d/",
            "?q=2|http://h.test/a/b.html?q=2",
            "''|http://h.test/a/b.html?q=1",
            "#part|http://h.test/a/b.html?q=1",
            "c.html#part#more|http://h.test/a/c.html",
            "  c.html\t|http://h.test/a/c.html",
            "//other.test|http://other.test/",
            "//other.test/x|http://other.test/x",
            "HTTP://Other.TEST:80/X|http://other.test/X",
            "https://other.test:443/x|https://other.test/x",
            "https://other.test:80/x|https://other.test:80/x",
            "http://[::1]:8080/[x]|http://[::1]:8080/%5Bx%5D",
            "c d<e>.html|http://h.test/a/c%20d%3Ce%3E.html",
            "é.html|http://h.test/a/%C3%A9.html",
            "100%.html|http://h.test/a/100%25.html",
            "%41%zz.html|http://h.test/a/%41%25zz.html",
            "c.html?x=[1]&y=\"|http://h.test/a/c.html?x=%5B1%5D&y=%22",
            "C.html#m(int,java.lang.String[])|http://h.test/a/C.html"})
    void resolvesAsBrowsersDo(String text, String url) throws URISyntaxException {
        assertThat(UrlReference.resolve(BASE, text)).contains(URI.create(url));
    }

    @ParameterizedTest
    @ValueSource(strings = {"mailto:a@b.test", "javascript:void(0) /* a b */", "data:text/plain,x", "tel:+1",
            "ftp://h.test/x", "about:blank"})
    void otherSchemesAreNoLinks(String text) throws URISyntaxException {
        assertThat(UrlReference.resolve(BASE, text)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://", "http:///x", "http:x", "http://a b/", "http://h.test:port/",
            "http://h.test:70000/",
            "//[::1/x", "http://under_score.test/"})
    void someTextsAreNoUrl(String text) {
        assertThatThrownBy(() -> UrlReference.resolve(BASE, text)).isInstanceOf(URISyntaxException.class);
    }

    @Test
    void aBaseWithoutPathIsTheRoot() throws URISyntaxException {
        URI root = UrlReference.absolute("http://h.test");

        assertThat(root).hasToString("http://h.test/");
        assertThat(UrlReference.resolve(root, "c.html")).contains(URI.create("http://h.test/c.html"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "c.html", "/c.html", "//h.test/", "ftp://h.test/", "mailto:a@b.test", "http:"})
    void aStartIsAbsoluteAndHttp(String text) {
        assertThatThrownBy(() -> UrlReference.absolute(text)).isInstanceOf(URISyntaxException.class);
    }

    @Test
    void aSiteIsTheFolderOfItsStart() {
        Site site = Site.around(URI.create("http://h.test/docs/index.html?x"));

        assertThat(site.contains(URI.create("http://h.test/docs/"))).isTrue();
        assertThat(site.contains(URI.create("http://h.test/docs/a/b.html"))).isTrue();
        assertThat(site.contains(URI.create("http://h.test/docs2/"))).isFalse();
        assertThat(site.contains(URI.create("http://h.test/"))).isFalse();
        assertThat(site.contains(URI.create("https://h.test/docs/"))).isFalse();
        assertThat(site.contains(URI.create("http://h.test:81/docs/"))).isFalse();
    }
}
