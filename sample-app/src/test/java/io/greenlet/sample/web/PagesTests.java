package io.greenlet.sample.web;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.http.HttpHeaders;
import org.springframework.test.web.reactive.server.WebTestClient;

/// The page at `/`, and the site under `/site/`.
@WholeApplication
class PagesTests {

    private final WebTestClient web;

    private final int port;

    PagesTests(@Autowired WebTestClient web, @LocalServerPort int port) {
        this.web = web;
        this.port = port;
    }

    private String text(String path) {
        return Objects.requireNonNull(web.get().uri(path).exchange().expectStatus().isOk().expectBody(String.class)
                .returnResult().getResponseBody());
    }

    @Nested
    class StartPage {

        @Test
        void whatItIsMadeOfIsHereAndNowhereElse() {
            Document page = Jsoup.parse(text("/"));
            List<String> parts = page.select("link[rel=stylesheet]").eachAttr("href");
            parts.addAll(page.select("script").eachAttr("src"));

            assertThat(parts).containsExactly("style.css", "app.js");
            for (String part : parts) {
                assertThat(text("/" + part).replace("http://www.w3.org/2000/svg", "")).doesNotContain("://");
            }
            assertThat(page.outerHtml()).doesNotContain("://");
            assertThat(page.select("meta[http-equiv=Content-Security-Policy]").attr("content"))
                    .startsWith("default-src 'self'");
        }

        @Test
        void itsLinksWork() {
            for (String link : Jsoup.parse(text("/")).select("a").eachAttr("href")) {
                web.get().uri(link).exchange().expectStatus().isOk();
            }
        }

        @Test
        void everyElementThatTheScriptUsesIsThere() {
            Document page = Jsoup.parse(text("/"));
            Pattern.compile("\\$\\(\"([a-z-]+)\"\\)").matcher(text("/app.js")).results()
                    .forEach(id -> assertThat(page.getElementById(id.group(1))).as(id.group(1)).isNotNull());
        }

        @Test
        void everyFieldHasALabel() {
            Document page = Jsoup.parse(text("/"));
            assertThat(page.select("input")).isNotEmpty()
                    .allSatisfy(input -> assertThat(input.closest("label")).as(input.id()).isNotNull());
        }
    }

    @Nested
    class Site {

        @ParameterizedTest
        @CsvSource({"/site/,text/html", "/site/index.html,text/html",
                "/site/org/assertj/core/api/Assert.html,text/html",
                "/site/assertj-javadoc-min.css,text/css", "/site/script.js,text/javascript",
                "/site/resources/glass.png,image/png"})
        void filesComeWithTheirType(String path, String type) {
            web.get().uri(path).exchange().expectStatus().isOk().expectHeader()
                    .value(HttpHeaders.CONTENT_TYPE, actual -> assertThat(actual).startsWith(type)).expectHeader()
                    .value(HttpHeaders.CONTENT_LENGTH, length -> assertThat(Long.parseLong(length)).isPositive());
            web.head().uri(path).exchange().expectStatus().isOk().expectBody().isEmpty();
        }

        @Test
        void theFolderItselfIsRedirected() {
            web.get().uri("/site").exchange().expectStatus().isPermanentRedirect().expectHeader().location("/site/");
        }

        @ParameterizedTest
        @ValueSource(strings = {"/site/nothing.html", "/site/org", "/site/org/", "/site/index.html/",
                "/site/application.yml", "/site/io/greenlet/sample/SampleApplication.class", "/site//etc/passwd",
                "/site/../application.yml", "/site/%2e%2e/application.yml", "/site/%2e%2e%2fapplication.yml",
                "/site/org/..%5c..%5capplication.yml"})
        void nothingElseIsServed(String path) {
            web.get().uri(URI.create("http://127.0.0.1:" + port + path)).exchange().expectStatus()
                    .value(status -> assertThat(status).isIn(400, 404));
        }

        /// Two requests at once, of which the second needs no work: the connection must go on all the same.
        @Test
        void aConnectionServesRequestsThatComeEarly() throws IOException {
            try (Socket connection = new Socket(InetAddress.getLoopbackAddress(), port)) {
                connection.setSoTimeout(20_000);
                connection.getOutputStream().write((request("element-list") + request("none.html")).getBytes(UTF_8));
                InputStream answers = connection.getInputStream();
                assertThat(answer(answers)).startsWith("HTTP/1.1 200 ");
                assertThat(answer(answers)).startsWith("HTTP/1.1 404 ");

                connection.getOutputStream().write(request("element-list").getBytes(UTF_8));
                assertThat(answer(answers)).startsWith("HTTP/1.1 200 ");
            }
        }

        private static String request(String file) {
            return "GET /site/" + file + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
        }

        /// Reads an answer up to its end, as its Content-Length has it, and returns its head.
        private static String answer(InputStream in) throws IOException {
            StringBuilder head = new StringBuilder();
            while (head.indexOf("\r\n\r\n") < 0) {
                int next = in.read();
                assertThat(next).isNotNegative();
                head.append((char) next);
            }
            Matcher length = Pattern.compile("(?i)content-length: (\\d+)").matcher(head);
            assertThat(length.find()).isTrue();
            in.skipNBytes(Long.parseLong(length.group(1)));
            return head.toString();
        }
    }
}
