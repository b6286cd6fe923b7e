package io.greenlet.sample.crawl;

import io.greenlet.sample.crawl.CappedBody.Content;
import io.greenlet.sample.crawl.Visit.Broken;
import io.greenlet.sample.crawl.Visit.Found;
import io.greenlet.sample.crawl.Visit.LeftSite;
import io.greenlet.sample.crawl.Visit.Outcome;
import io.greenlet.sample.crawl.Visit.Page;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.ResponseInfo;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.jspecify.annotations.Nullable;

/// Visits URLs over HTTP, and comes back: in the given time, in bounded memory, whatever the server does.
///
/// A visit blocks its thread. That is the point: on a green thread, plain blocking code costs nothing while it waits.
///
/// Interruption: ends a visit at once and closes its connection. Thread safety: any number of threads may visit at once.
public final class Fetcher implements AutoCloseable {

    /// Small bodies that nobody needs are read anyway, so that their connection can be used again.
    private static final long DRAINED_BYTES = 64 * 1024;
    private static final Pattern CHARSET = Pattern.compile("charset\\s*=\\s*[\"']?([^\\s;\"']+)");

    private static final Log LOG = LogFactory.getLog(Fetcher.class);

    private final FetchLimits limits;
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpClient client;
    /// A parsed page is much larger than its bytes, and parsing only burns processor time: one page per processor.
    private final Semaphore parsers = new Semaphore(Runtime.getRuntime().availableProcessors());

    /// Makes a fetcher with connections of its own.
    ///
    /// @param limits what a fetch may cost
    public Fetcher(FetchLimits limits) {
        this.limits = limits;
        client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER).connectTimeout(limits.connectTimeout())
                .executor(executor).build();
    }

    /// Visits a single page, wherever its redirects lead.
    ///
    /// @param page absolute, http or https
    /// @param timeout the longest time for everything: connections, redirects and the whole body
    /// @return what was there; a page that is broken, in whatever way, is an outcome and no exception
    /// @throws InterruptedException if the thread is interrupted, as by a kill
    public Visit visit(URI page, Duration timeout) throws InterruptedException {
        return visit(new Target(page, Role.START), null, timeout);
    }

    /// Visits a URL, following redirects.
    ///
    /// @param target what to visit
    /// @param site what redirects of a page or resource must not leave; null at the start, which may lead anywhere
    /// @param timeout the longest time for everything: connections, redirects and the whole body
    /// @return what was there; a link that is broken, in whatever way, is an outcome and no exception
    /// @throws InterruptedException if the thread is interrupted, as by a kill
    Visit visit(Target target, @Nullable Site site, Duration timeout) throws InterruptedException {
        Deadline deadline = Deadline.after(timeout);
        List<URI> trail = new ArrayList<>(List.of(target.url()));
        Outcome outcome;
        try {
            outcome = walk(target, site, trail, deadline);
        } catch (NoAnswer e) {
            outcome = broken(e.problem, e.words, trail);
        } catch (RuntimeException e) {
            outcome = broken(Problem.GIVEN_UP, "the visit failed: " + e, trail);
        }
        Visit visit = new Visit(target, trail.getLast(), outcome, deadline.elapsed());
        LOG.debug(visit);
        return visit;
    }

    private Outcome walk(Target target, @Nullable Site site, List<URI> trail, Deadline deadline)
            throws InterruptedException, NoAnswer {
        for (;;) {
            URI url = trail.getLast();
            if (site != null && target.role() != Role.EXTERNAL && !site.contains(url)) {
                return new LeftSite(url);
            }
            HttpResponse<Content> answer = ask(target, url, deadline);
            if (!isRedirect(answer)) {
                return judge(target, answer, trail, deadline);
            }
            URI next = location(url, answer);
            if (trail.contains(next)) {
                trail.add(next);
                return new Broken(Problem.REDIRECT_LOOP,
                        trail.stream().map(URI::toString).collect(Collectors.joining(" → ")));
            }
            if (trail.size() > limits.maxRedirects()) {
                return broken(Problem.TOO_MANY_REDIRECTS, "more than " + limits.maxRedirects() + " redirects", trail);
            }
            trail.add(next);
        }
    }

    /// A page is asked for with GET. For others HEAD will do; where it fails, GET has the last word, since servers
    /// neglect HEAD.
    private HttpResponse<Content> ask(Target target, URI url, Deadline deadline)
            throws InterruptedException, NoAnswer {
        if (!isRead(target)) {
            try {
                HttpResponse<Content> answer = send("HEAD", url, deadline);
                if (isSuccess(answer) || isRedirect(answer)) {
                    return answer;
                }
            } catch (NoAnswer e) {
                if (e.problem != Problem.CONNECTION_LOST) {
                    throw e;
                }
            }
        }
        return send("GET", url, deadline);
    }

    /// Sends a request and waits for the whole answer. Not [HttpClient#send], whose time limit ends with the headers: a
    /// body that trickles would never end.
    private HttpResponse<Content> send(String method, URI url, Deadline deadline)
            throws InterruptedException, NoAnswer {
        CompletableFuture<HttpResponse<Content>> exchange;
        try {
            HttpRequest request = HttpRequest.newBuilder(url).method(method, HttpRequest.BodyPublishers.noBody())
                    .header("User-Agent", "greenlet-link-checker").header("Accept", "text/html, */*;q=0.8").build();
            exchange = client.sendAsync(request, info -> body(method, info));
        } catch (IllegalArgumentException e) {
            throw new NoAnswer(Problem.BAD_URL, e.getMessage() + ": " + url);
        }
        try {
            return exchange.get(deadline.nanosLeft(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw NoAnswer.after(deadline.limit());
        } catch (ExecutionException e) {
            throw NoAnswer.because(e.getCause(), url, limits);
        } finally {
            exchange.cancel(true); // given up in the middle: closes the connection
        }
    }

    private BodySubscriber<Content> body(String method, ResponseInfo answer) {
        long announced = answer.headers().firstValueAsLong("Content-Length").orElse(-1);
        if (method.equals("HEAD")) {
            return new CappedBody(0);
        }
        if (answer.statusCode() / 100 == 2 && isHtml(answer.headers())) {
            return new CappedBody(announced > limits.maxPageBytes() ? -1 : limits.maxPageBytes());
        }
        return new CappedBody(announced >= 0 && announced <= DRAINED_BYTES ? announced : -1);
    }

    private Outcome judge(Target target, HttpResponse<Content> answer, List<URI> trail, Deadline deadline)
            throws InterruptedException, NoAnswer {
        if (!isSuccess(answer)) {
            return broken(Problem.STATUS, "status " + answer.statusCode(), trail);
        }
        if (!isRead(target)) {
            return new Found();
        }
        if (!isHtml(answer.headers())) {
            return target.role() == Role.START
                    ? broken(Problem.NOT_A_PAGE, "no HTML page but " + contentType(answer.headers()), trail)
                    : new Found();
        }
        if (answer.body().cut()) {
            return broken(Problem.TOO_LARGE, "larger than " + limits.maxPageBytes() + " bytes, cut off there", trail);
        }
        return new Page(read(answer, trail.getLast(), deadline));
    }

    private List<Link> read(HttpResponse<Content> answer, URI url, Deadline deadline)
            throws InterruptedException, NoAnswer {
        if (!parsers.tryAcquire(deadline.nanosLeft(), TimeUnit.NANOSECONDS)) {
            throw NoAnswer.after(deadline.limit());
        }
        try {
            return PageLinks.of(new PacedInput(new ByteArrayInputStream(answer.body().bytes()), deadline),
                    charset(answer.headers()), url);
        } catch (PacedInput.OutOfTime e) {
            throw NoAnswer.after(deadline.limit());
        } catch (IOException e) {
            throw new InterruptedException(e.getMessage());
        } finally {
            parsers.release();
        }
    }

    private static URI location(URI url, HttpResponse<Content> answer) throws NoAnswer {
        String redirect = "status " + answer.statusCode();
        String location = answer.headers().firstValue("Location").orElseThrow(
                () -> new NoAnswer(Problem.BAD_REDIRECT, redirect + " without a Location"));
        try {
            return UrlReference.resolve(url, location).orElseThrow(
                    () -> new NoAnswer(Problem.BAD_REDIRECT, redirect + " to no http(s) URL: " + location));
        } catch (URISyntaxException e) {
            throw new NoAnswer(Problem.BAD_REDIRECT, redirect + " to a bad URL: " + location);
        }
    }

    private static Broken broken(Problem problem, String words, List<URI> trail) {
        return new Broken(problem, trail.size() > 1 ? words + ", redirected to " + trail.getLast() : words);
    }

    private static boolean isRead(Target target) {
        return switch (target.role()) {
            case START, PAGE -> true;
            case RESOURCE, EXTERNAL -> false;
        };
    }

    private static boolean isSuccess(HttpResponse<?> answer) {
        return answer.statusCode() / 100 == 2;
    }

    private static boolean isRedirect(HttpResponse<?> answer) {
        return switch (answer.statusCode()) {
            case 301, 302, 303, 307, 308 -> true;
            default -> false;
        };
    }

    private static boolean isHtml(HttpHeaders headers) {
        String type = contentType(headers).toLowerCase(Locale.ROOT);
        return type.startsWith("text/html") || type.startsWith("application/xhtml+xml");
    }

    private static String contentType(HttpHeaders headers) {
        return headers.firstValue("Content-Type").orElse("something without a Content-Type");
    }

    private static @Nullable String charset(HttpHeaders headers) {
        Optional<String> type = headers.firstValue("Content-Type");
        Matcher charset = CHARSET.matcher(type.orElse("").toLowerCase(Locale.ROOT));
        return charset.find() ? charset.group(1) : null;
    }

    /// Closes every connection; visits under way end with a broken link.
    @Override
    public void close() {
        client.shutdownNow();
        executor.shutdownNow();
    }
}
