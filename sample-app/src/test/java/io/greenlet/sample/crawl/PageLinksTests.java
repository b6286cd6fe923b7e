package io.greenlet.sample.crawl;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class PageLinksTests {

    private static final URI PAGE = URI.create("http://h.test/a/b.html");

    @Test
    void pagesAndResourcesAreToldApart() {
        assertThat(links("""
                <link rel="stylesheet" href="s.css"><script src="s.js"></script>
                <a href="a.html">a</a><area href="area.html"><iframe src="i.html"></iframe><img src="i.png">
                """)).containsExactly(resource("s.css"), resource("s.js"), page("a.html"), page("area.html"),
                page("i.html"), resource("i.png"));
        assertThat(links("<frameset><frame src='f.html'></frameset>")).containsExactly(page("f.html"));
    }

    @Test
    void whatNamesNoDocumentIsNoLink() {
        assertThat(
                links("""
                        <link rel="preconnect" href="//cdn.test"><link rel="x DNS-prefetch x" href="//cdn.test">
                        <a name="here">no href</a><a href="mailto:a@b.test">mail</a><script>document.write('<a href=x>')</script>
                        <!-- <a href="comment.html"> --><a>none</a><video src="v.mp4"></video>
                        """))
                .isEmpty();
    }

    @Test
    void everyElementCountsAlsoWithTheSameUrl() {
        assertThat(links("<a href='x.html#1'>1</a><a href='./x.html#2'>2</a><a href='#3'>3</a>"))
                .containsExactly(page("x.html"), page("x.html"), page("b.html"));
    }

    @Test
    void theBaseOfThePageCounts() {
        assertThat(links("<base href='/other/'><a href='x.html'>x</a>"))
                .containsExactly(new Link.To(URI.create("http://h.test/other/x.html"), false));
        assertThat(links("<base href='http://a b/'><a href='x.html'>x</a>")).containsExactly(page("x.html"));
    }

    @Test
    void aTextThatIsNoUrlSaysWhy() {
        assertThat(links("<a href='http://a b/'>x</a>")).singleElement().isInstanceOfSatisfying(Link.Bad.class, bad -> {
            assertThat(bad.text()).isEqualTo("http://a b/");
            assertThat(bad.why()).contains("authority");
        });
    }

    @Test
    void malformedHtmlIsReadAsBrowsersDo() {
        assertThat(links("<html><<a href=x.html>x<b></a></p><table><tr><a href='y.html'><td><a href=\"z.html>open"))
                .contains(page("x.html"), page("y.html"));
        assertThat(links("<div>".repeat(50_000) + "<a href=deep.html>deep</a>")).containsExactly(page("deep.html"));
        assertThat(read(new byte[]{0, -1, '<', 'a', ' ', 0, '>'}, null, PAGE)).isEmpty();
    }

    @Test
    void theCharacterSetIsThatOfTheHeaderThenOfThePage() {
        String html = "<meta charset=iso-8859-1><a href='é.html'>é</a>";
        Link link = page("%C3%A9.html");

        assertThat(read(html.getBytes(ISO_8859_1), null, PAGE)).containsExactly(link);
        assertThat(read(html.getBytes(UTF_8), "utf-8", PAGE)).containsExactly(link);
        assertThat(read(html.getBytes(ISO_8859_1), "no such thing", PAGE)).containsExactly(link);
        assertThat(read(html.getBytes(ISO_8859_1), "klingon", PAGE)).containsExactly(link);
    }

    private static List<Link> links(String html) {
        return read(html.getBytes(UTF_8), "utf-8", PAGE);
    }

    private static List<Link> read(byte[] html, @Nullable String charset, URI page) {
        try {
            return PageLinks.of(new ByteArrayInputStream(html), charset, page);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Link page(String name) {
        return new Link.To(URI.create("http://h.test/a/" + name), false);
    }

    private static Link resource(String name) {
        return new Link.To(URI.create("http://h.test/a/" + name), true);
    }
}
