package io.greenlet.sample.crawl;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.greenlet.Green;
import io.greenlet.GreenThread;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.PoolOptions;
import io.greenlet.pool.RejectedSubmission;
import io.greenlet.sample.LoopbackServer;
import io.greenlet.sample.crawl.Report.BrokenLink;
import io.greenlet.sample.crawl.Report.SlowPage;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class CrawlTests {

    private static final int PAGE_LIMIT = 1_000_000;
    /// What may lie in buffers on the way from a server that does not stop to a client that has hung up.
    private static final long BUFFERS = 16_000_000;

    private final LoopbackServer server;
    private final GreenPool pool = new GreenPool(8);
    private final Fetcher fetcher = new Fetcher(new FetchLimits(Duration.ofSeconds(2), PAGE_LIMIT, 3));

    CrawlTests() throws IOException {
        server = new LoopbackServer();
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        assertThat(pool.running()).isZero();
        assertThat(pool.free()).isEqualTo(pool.size());
        assertThat(pool.waiting()).isZero();
        await().until(() -> server.atOnce() == 0); // every connection is closed
        pool.close();
        fetcher.close();
        server.close();
    }

    private CrawlOptions options() {
        return options(100);
    }

    private CrawlOptions options(int maxPages) {
        return new CrawlOptions(server.url("/"), maxPages, 1_000, Duration.ofSeconds(20), false);
    }

    private CrawlOptions impatient() {
        return new CrawlOptions(server.url("/"), 100, 1_000, Duration.ofMillis(300), false);
    }

    private Report check(CrawlOptions options) throws InterruptedException {
        Crawl crawl = new Crawl(pool, fetcher, options);
        crawl.run();
        return crawl.report();
    }

    /// The one broken link of a site whose start page links to it.
    private BrokenLink brokenLink(CrawlOptions options) throws InterruptedException {
        Report report = check(options);
        assertThat(report.brokenLinks()).singleElement()
                .satisfies(link -> assertThat(link.foundOn()).containsExactly(server.url("/").toString()));
        assertThat(report.broken()).isEqualTo(1);
        assertThat(report.references()).isEqualTo(1);
        return report.brokenLinks().getFirst();
    }

    @Nested
    class Counting {

        @Test
        void pagesLinksAndBrokenLinksWithThePagesThatHaveThem() throws InterruptedException {
            server.links("/", "a.html", "b.html", "a.html#x", "gone.html", "http://elsewhere.invalid/")
                    .links("/a.html", "b.html", "/", "gone.html", "gone.html?other")
                    .page("/b.html", "<img src=i.png><link rel=stylesheet href=s.css><a href=a.html>a</a>")
                    .status("/i.png", "200 OK", "Content-Type: image/png");

            Report report = check(options());

            assertThat(report.pages()).isEqualTo(3);
            assertThat(report.links()).isEqualTo(12);
            assertThat(report.internal()).isEqualTo(7);
            assertThat(report.external()).isEqualTo(1);
            assertThat(report.broken()).isEqualTo(3);
            assertThat(report.references()).isEqualTo(4);
            assertThat(report.skipped()).isZero();
            String root = server.url("/").toString();
            assertThat(report.brokenLinks()).containsExactly(
                    new BrokenLink(root + "gone.html", Problem.STATUS, "status 404", 2, List.of(root, root + "a.html")),
                    new BrokenLink(root + "gone.html?other", Problem.STATUS, "status 404", 1, List.of(root + "a.html")),
                    new BrokenLink(root + "s.css", Problem.STATUS, "status 404", 1, List.of(root + "b.html")));
        }

        @Test
        void eachUrlIsAskedForOnce() throws InterruptedException {
            server.links("/", "a.html", "a.html", "b.html").links("/a.html", "b.html", "/").links("/b.html", "a.html");

            check(options());

            assertThat(server.requests()).containsExactlyInAnyOrder("GET /", "GET /a.html", "GET /b.html");
        }

        @Test
        void resourcesAreAskedForWithoutTheirBody() throws InterruptedException {
            server.page("/", "<img src=i.png>").status("/i.png", "200 OK", "Content-Length: 500000000");

            assertThat(check(options()).broken()).isZero();
            assertThat(server.requests()).containsExactly("GET /", "HEAD /i.png");
        }

        @Test
        void aServerWithoutHeadIsAskedWithGet() throws InterruptedException {
            server.page("/", "<img src=1.png><img src=2.png>").on("/1.png", exchange -> {
                String status = exchange.method().equals("HEAD") ? "405 Method Not Allowed" : "200 OK";
                exchange.send(status, "image/png", new byte[10]);
            }).on("/2.png", exchange -> {
                if (exchange.method().equals("HEAD")) {
                    exchange.reset();
                }
                exchange.send("200 OK", "image/png", new byte[10]);
            });

            assertThat(check(options()).brokenLinks()).isEmpty();
        }

        @Test
        void whatIsBothResourceAndPageIsRead() throws InterruptedException {
            server.page("/", "<link rel=alternate href=a.html><a href=b.html>b</a>").links("/b.html", "a.html")
                    .links("/a.html", "gone.html");

            Report report = check(options());

            assertThat(report.pages()).isEqualTo(3);
            assertThat(report.broken()).isEqualTo(1);
            assertThat(report.internal()).isEqualTo(4);
        }

        @Test
        void theSiteIsTheFolderOfItsStart() throws InterruptedException {
            server.links("/docs/", "a.html", "../outside.html", "/").page("/docs/a.html", "");
            CrawlOptions options = new CrawlOptions(server.url("/docs/"), 10, 10, Duration.ofSeconds(20), false);

            Report report = check(options);

            assertThat(report.pages()).isEqualTo(2);
            assertThat(report.external()).isEqualTo(2);
            assertThat(server.requests()).containsExactlyInAnyOrder("GET /docs/", "GET /docs/a.html");
        }

        @Test
        void externalLinksAreAskedForOnlyIfWanted() throws InterruptedException, IOException {
            try (LoopbackServer other = new LoopbackServer()) {
                other.links("/fine.html", "never-read.html");
                server.links("/", other.url("/fine.html").toString(), other.url("/gone.html").toString());

                assertThat(check(options()).external()).isEqualTo(2);
                assertThat(other.requests()).isEmpty();

                BrokenLink broken = brokenLink(
                        new CrawlOptions(server.url("/"), 10, 10, Duration.ofSeconds(20), true));
                assertThat(broken.url()).isEqualTo(other.url("/gone.html").toString());
                assertThat(other.requests()).containsExactlyInAnyOrder("HEAD /fine.html", "HEAD /gone.html",
                        "GET /gone.html");
            }
        }

        @Test
        void theSlowestPagesComeFirst() throws InterruptedException {
            server.links("/", IntStream.range(0, 20).mapToObj(i -> i + ".html").toArray(String[]::new));

            List<SlowPage> slowest = check(options()).slowestPages();

            assertThat(slowest).hasSize(10).isSortedAccordingTo((a, b) -> Long.compare(b.millis(), a.millis()));
        }
    }

    @Nested
    class Limits {

        @Test
        void maxPagesBoundsTheRequestsAndSaysWhatWasSkipped() throws InterruptedException {
            String[] links = IntStream.range(0, 50_000).mapToObj(i -> "page-with-a-name-" + i + ".html")
                    .toArray(String[]::new);
            LoopbackServer many = server.links("/", links);
            Fetcher generous = new Fetcher(new FetchLimits(Duration.ofSeconds(2), 4 * PAGE_LIMIT, 3));
            try (generous) {
                Crawl crawl = new Crawl(pool, generous, options(20));
                crawl.run();

                assertThat(many.requests()).hasSize(20);
                assertThat(crawl.report().links()).isEqualTo(50_000);
                assertThat(crawl.report().skipped()).isEqualTo(50_001 - 20);
            }
        }

        @Test
        void moreUrlsThanFitIntoMemoryAreCountedAndForgotten() throws InterruptedException {
            int perPage = 60_000;
            for (int page = 0; page < 3; page++) {
                int first = page * perPage;
                server.links("/" + page, IntStream.range(first, first + perPage).mapToObj(i -> "n" + i)
                        .toArray(String[]::new));
            }
            server.links("/", "0", "1", "2");
            try (Fetcher generous = new Fetcher(new FetchLimits(Duration.ofSeconds(2), 4 * PAGE_LIMIT, 3))) {
                Crawl crawl = new Crawl(pool, generous, options(4));
                crawl.run();

                Report report = crawl.report();
                assertThat(report.links()).isEqualTo(3 * perPage + 3);
                assertThat(report.internal()).isEqualTo(LinkMap.MOST_KNOWN);
                assertThat(report.skipped()).isEqualTo(3 * perPage);
            }
        }

        @Test
        void aCheckRespectsItsOwnLimitAndThePools() throws InterruptedException {
            CountDownLatch three = new CountDownLatch(3);
            server.links("/", IntStream.range(0, 30).mapToObj(i -> i + ".html").toArray(String[]::new));
            for (int i = 0; i < 30; i++) {
                server.on("/" + i + ".html", exchange -> {
                    three.countDown();
                    three.await(); // nobody is answered until three ask at once
                    exchange.send("200 OK", "text/html", new byte[0]);
                });
            }
            Report report = check(new CrawlOptions(server.url("/"), 100, 3, Duration.ofSeconds(20), false));

            assertThat(report.pages()).isEqualTo(31);
            assertThat(server.mostAtOnce()).isEqualTo(3);
            assertThat(report.peakRunning()).isBetween(1, 3);
        }

        @Test
        void thePoolsSizeIsNeverExceeded() throws InterruptedException {
            CountDownLatch eight = new CountDownLatch(8);
            server.links("/", IntStream.range(0, 40).mapToObj(i -> i + ".html").toArray(String[]::new));
            for (int i = 0; i < 40; i++) {
                server.on("/" + i + ".html", exchange -> {
                    eight.countDown();
                    eight.await();
                    exchange.send("200 OK", "text/html", new byte[0]);
                });
            }

            Report report = check(options());

            assertThat(server.mostAtOnce()).isEqualTo(8);
            assertThat(report.peakRunning()).isLessThanOrEqualTo(8);
        }

        @Test
        void aVisitThatThePoolEndsIsGivenUp() throws InterruptedException {
            server.links("/", "slow.html").on("/slow.html", LoopbackServer.Exchange::hang);
            try (GreenPool strict = GreenPool.of(
                    PoolOptions.named("strict").withSize(2).withTaskTimeout(Duration.ofMillis(300)))) {
                Crawl crawl = new Crawl(strict, fetcher, options());
                crawl.run();

                assertThat(crawl.report().brokenLinks()).singleElement().satisfies(link -> {
                    assertThat(link.problem()).isEqualTo(Problem.GIVEN_UP);
                    assertThat(link.detail()).startsWith("given up: ").contains("ran longer than");
                });
                assertThat(strict.snapshot().timedOut()).isEqualTo(1);
            }
        }

        @Test
        void aClosedPoolEndsTheCheck() {
            server.page("/", "");
            GreenPool closed = new GreenPool(1);
            closed.close();

            assertThatThrownBy(() -> new Crawl(closed, fetcher, options()).run())
                    .isInstanceOf(RejectedSubmission.class);
        }
    }

    @Nested
    class Misbehaviour {

        @Test
        void statusesThatAreNoSuccess() throws InterruptedException {
            server.links("/", "500.html", "304.html", "204.html").status("/500.html", "500 Oops", "Content-Length: 0")
                    .status("/304.html", "304 Not Modified").status("/204.html", "204 No Content");

            assertThat(check(options()).brokenLinks()).extracting(BrokenLink::detail)
                    .containsExactly("status 304", "status 500");
        }

        @Test
        void aPageThatNeverEnds() throws InterruptedException {
            server.links("/", "endless.html").on("/endless.html", exchange -> {
                exchange.head("200 OK", List.of("Content-Type: text/html"));
                byte[] more = "<a href=x.html>x</a>".repeat(1_000).getBytes(UTF_8);
                for (;;) {
                    exchange.out().write(more);
                }
            });

            BrokenLink broken = brokenLink(options());

            assertThat(broken.problem()).isEqualTo(Problem.TOO_LARGE);
            assertThat(broken.detail()).isEqualTo("larger than 1000000 bytes, cut off there");
            assertThat(server.written("/endless.html")).isLessThan(PAGE_LIMIT + BUFFERS);
        }

        @Test
        void aPageOf500MegabytesThatSaysSo() throws InterruptedException {
            server.links("/", "huge.html").on("/huge.html", exchange -> huge(exchange, "text/html"));

            BrokenLink broken = brokenLink(options());

            assertThat(broken.problem()).isEqualTo(Problem.TOO_LARGE);
            assertThat(server.written("/huge.html")).isLessThan(BUFFERS);
        }

        @Test
        void aFileOf500MegabytesIsFineAndNotLoaded() throws InterruptedException {
            server.links("/", "huge.zip").on("/huge.zip", exchange -> huge(exchange, "application/zip"));

            assertThat(check(options()).brokenLinks()).isEmpty();
            assertThat(server.written("/huge.zip")).isLessThan(BUFFERS);
        }

        private void huge(LoopbackServer.Exchange exchange, String type) throws IOException {
            exchange.head("200 OK", List.of("Content-Type: " + type, "Content-Length: 500000000"));
            byte[] more = new byte[50_000];
            for (int i = 0; i < 10_000; i++) {
                exchange.out().write(more);
            }
        }

        @Test
        void aPageThatTrickles() throws InterruptedException {
            server.links("/", "trickle.html").on("/trickle.html", exchange -> {
                exchange.head("200 OK", List.of("Content-Type: text/html"));
                while (exchange.pause(5)) {
                    exchange.out().write(' ');
                }
            });

            BrokenLink broken = brokenLink(impatient());

            assertThat(broken.problem()).isEqualTo(Problem.TIMEOUT);
            assertThat(broken.detail()).isEqualTo("not finished after 300 ms");
        }

        @Test
        void aPageThatStopsInTheMiddle() throws InterruptedException {
            server.links("/", "half.html").on("/half.html", exchange -> {
                exchange.head("200 OK", List.of("Content-Type: text/html", "Content-Length: 100"));
                exchange.out().write('<');
                exchange.hang();
            });

            assertThat(brokenLink(impatient()).problem()).isEqualTo(Problem.TIMEOUT);
        }

        @Test
        void headersThatTrickle() throws InterruptedException {
            server.links("/", "headers.html").on("/headers.html", exchange -> {
                exchange.out().write("HTTP/1.1 200 OK\r\n".getBytes(UTF_8));
                while (exchange.pause(5)) {
                    exchange.out().write("X: y\r\n".getBytes(UTF_8));
                }
            });

            assertThat(brokenLink(impatient()).problem()).isEqualTo(Problem.TIMEOUT);
        }

        @Test
        void aServerThatSaysNothing() throws InterruptedException {
            server.links("/", "silent.html").on("/silent.html", LoopbackServer.Exchange::hang);

            assertThat(brokenLink(impatient()).problem()).isEqualTo(Problem.TIMEOUT);
        }

        @Test
        void aPageMadeToBeParsedForMinutes() throws InterruptedException {
            server.links("/", "bomb.html").page("/bomb.html", "<p><table>".repeat(90_000));

            BrokenLink broken = brokenLink(new CrawlOptions(server.url("/"), 9, 9, Duration.ofSeconds(1), false));

            assertThat(broken.problem()).isEqualTo(Problem.TIMEOUT);
        }

        @Test
        void aRedirectLoop() throws InterruptedException {
            server.links("/", "a").redirect("/a", "/b").redirect("/b", "/a");

            BrokenLink broken = brokenLink(options());

            assertThat(broken.problem()).isEqualTo(Problem.REDIRECT_LOOP);
            assertThat(broken.detail())
                    .isEqualTo(server.url("/a") + " → " + server.url("/b") + " → " + server.url("/a"));
        }

        @Test
        void redirectsWithoutEnd() throws InterruptedException {
            server.links("/", "r0");
            for (int i = 0; i < 10; i++) {
                server.redirect("/r" + i, "/r" + (i + 1));
            }

            BrokenLink broken = brokenLink(options());

            assertThat(broken.problem()).isEqualTo(Problem.TOO_MANY_REDIRECTS);
            assertThat(broken.detail()).isEqualTo("more than 3 redirects, redirected to " + server.url("/r3"));
        }

        @Test
        void redirectsThatLeadToAPageAreFollowedAndThePageIsReadOnce() throws InterruptedException {
            server.links("/", "old", "older", "new.html").redirect("/old", "new.html").redirect("/older", "/old")
                    .links("/new.html", "gone.html");

            Report report = check(options());

            assertThat(report.pages()).isEqualTo(2);
            assertThat(report.links()).isEqualTo(4);
            assertThat(report.brokenLinks()).singleElement().satisfies(
                    link -> assertThat(link.foundOn()).containsExactly(server.url("/new.html").toString()));
        }

        @Test
        void aPageThatOnlyARedirectLeadsToIsNotAskedForAgain() throws InterruptedException {
            server.links("/", "old").redirect("/old", "/new.html").links("/new.html", "new.html", "old");
            Crawl crawl = new Crawl(pool, fetcher, options());
            crawl.run();

            assertThat(server.requests()).containsExactly("GET /", "GET /old", "GET /new.html");
            assertThat(crawl.report().pages()).isEqualTo(2);
            assertThat(crawl.progress().pagesKnown()).isEqualTo(crawl.progress().pagesDone()).isEqualTo(2);
        }

        @Test
        void aRedirectThatLeadsToNothing() throws InterruptedException {
            server.links("/", "old").redirect("/old", "/gone.html");

            assertThat(brokenLink(options()).detail())
                    .isEqualTo("status 404, redirected to " + server.url("/gone.html"));
        }

        @Test
        void aRedirectOffTheSiteIsAnExternalLink() throws InterruptedException {
            server.links("/", "out").redirect("/out", "http://elsewhere.invalid/");

            Report report = check(options());

            assertThat(report.broken()).isZero();
            assertThat(report.external()).isEqualTo(1);
        }

        @Test
        void redirectsWithoutAUsableTarget() throws InterruptedException {
            server.links("/", "1", "2", "3").status("/1", "302 Found").redirect("/2", "http://a b/")
                    .redirect("/3", "mailto:a@b.test");

            assertThat(check(options()).brokenLinks())
                    .allSatisfy(link -> assertThat(link.problem()).isEqualTo(Problem.BAD_REDIRECT))
                    .extracting(BrokenLink::detail).containsExactly("status 302 without a Location",
                            "status 302 to a bad URL: http://a b/", "status 302 to no http(s) URL: mailto:a@b.test");
        }

        @Test
        void aConnectionThatBreaks() throws InterruptedException {
            server.links("/", "1", "2").on("/1", LoopbackServer.Exchange::reset).on("/2", exchange -> {
                exchange.head("200 OK", List.of("Content-Type: text/html", "Content-Length: 100"));
                exchange.out().write('<');
            });

            assertThat(check(options()).brokenLinks()).hasSize(2).allSatisfy(
                    link -> assertThat(link.problem()).isEqualTo(Problem.CONNECTION_LOST));
        }

        @Test
        void anAnswerThatIsNoHttp() throws InterruptedException {
            server.links("/", "ssh").on("/ssh", exchange -> exchange.out().write("SSH-2.0-x\r\n\r\n".getBytes(UTF_8)));

            assertThat(brokenLink(options()).problem()).isEqualTo(Problem.CONNECTION_LOST);
        }

        @Test
        void badUrlsUnknownHostsAndClosedPortsEachSaySo() throws InterruptedException, IOException {
            int closedPort;
            try (ServerSocket port = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                closedPort = port.getLocalPort();
            }
            server.links("/", "http://a b/", "http://nowhere.invalid/", "http://127.0.0.1:" + closedPort + "/",
                    "http://127.0.0.1:99999/");

            Report report = check(new CrawlOptions(server.url("/"), 10, 10, Duration.ofSeconds(30), true));

            assertThat(report.brokenLinks()).extracting(BrokenLink::problem).containsExactlyInAnyOrder(Problem.BAD_URL,
                    Problem.UNKNOWN_HOST, Problem.UNREACHABLE, Problem.BAD_URL);
            assertThat(report.brokenLinks()).extracting(BrokenLink::detail).contains("unknown host: nowhere.invalid",
                    "no connection: 127.0.0.1:" + closedPort);
        }

        @Test
        void malformedHtmlIsReadAllTheSame() throws InterruptedException {
            server.page("/", "<html><<a href=a.html>a<b></p></a><table><a href='b.html").page("/a.html", "\0<>&#;");

            assertThat(check(options()).pages()).isEqualTo(2);
        }
    }

    @Nested
    class Start {

        @Test
        void aStartThatRedirectsBeginsWhereItLands() throws InterruptedException {
            server.redirect("/", "/docs/en").redirect("/docs/en", "/docs/en/").links("/docs/en/", "a.html", "/docs/de/")
                    .page("/docs/en/a.html", "");

            Report report = check(options());

            assertThat(report.pages()).isEqualTo(2);
            assertThat(report.external()).isEqualTo(1);
        }

        @Test
        void aStartThatCannotBeReachedIsTheOnlyEntry() throws InterruptedException, IOException {
            server.close();

            assertThat(check(options()).brokenLinks()).singleElement().satisfies(link -> {
                assertThat(link.url()).isEqualTo(server.url("/").toString());
                assertThat(link.problem()).isEqualTo(Problem.UNREACHABLE);
                assertThat(link.foundOn()).isEmpty();
            });
        }

        @Test
        void aStartThatIsNoPageSaysSo() throws InterruptedException {
            server.status("/", "200 OK", "Content-Type: application/pdf", "Content-Length: 0");

            assertThat(check(options()).brokenLinks()).singleElement().satisfies(link -> {
                assertThat(link.problem()).isEqualTo(Problem.NOT_A_PAGE);
                assertThat(link.detail()).isEqualTo("no HTML page but application/pdf");
            });
        }
    }

    @Nested
    class Cancelling {

        @Test
        void killsWhatIsInFlightAndKeepsWhatWasFound() throws InterruptedException {
            CountDownLatch arrived = new CountDownLatch(8);
            server.links("/", IntStream.range(0, 40).mapToObj(i -> i + ".html").toArray(String[]::new));
            for (int i = 0; i < 40; i++) {
                server.on("/" + i + ".html", exchange -> {
                    exchange.head("200 OK", List.of("Content-Type: text/html"));
                    arrived.countDown();
                    while (exchange.pause(1)) {
                        exchange.out().write(' '); // until the client hangs up
                    }
                });
            }
            Crawl crawl = new Crawl(pool, fetcher, options());
            GreenThread<Void> check = Green.spawn(() -> {
                crawl.run();
                return null;
            });
            arrived.await();

            check.kill();

            assertThatThrownBy(check::await).isInstanceOf(CancellationException.class);
            await().until(() -> pool.running() == 0);
            await().until(() -> server.atOnce() == 0);
            assertThat(crawl.report().pages()).isEqualTo(1);
            assertThat(crawl.report().links()).isEqualTo(40);
            assertThat(pool.snapshot().killed()).isPositive();
        }
    }
}
