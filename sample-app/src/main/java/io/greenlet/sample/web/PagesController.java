package io.greenlet.sample.web;

import io.greenlet.GreenThread;
import io.greenlet.sample.crawl.CrawlOptions;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// Looks at one page, in the two ways that green threads offer a controller.
@RestController
@RequestMapping("/pages")
final class PagesController {

    private final Pages pages;

    PagesController(Pages pages) {
        this.pages = pages;
    }

    /// Blocks nobody: the green thread that works is the answer. A client that goes away kills it.
    @GetMapping
    GreenThread<PageLook> look(@RequestParam String url) throws InterruptedException {
        return pages.look(absolute(url));
    }

    /// Blocks, as it may: methods that return plain values run in the pool of `greenlet.web.blocking-pool`.
    @GetMapping("/links")
    List<URI> links(@RequestParam String url) throws InterruptedException {
        return pages.lookHere(absolute(url)).links();
    }

    private static URI absolute(String url) {
        try {
            return CrawlOptions.startingAt(url);
        } catch (URISyntaxException e) {
            throw new InvalidRequest("url", "be an absolute http or https URL", url + " (" + e.getReason() + ")");
        }
    }

    @ExceptionHandler
    ProblemDetail invalid(InvalidRequest error) {
        return ProblemDetail.forStatusAndDetail(HttpStatus.BAD_REQUEST, error.getMessage());
    }
}
