package io.greenlet.sample.web;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.greenlet.pool.RejectedSubmission;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.core.env.Environment;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.server.ServerWebInputException;
import reactor.core.publisher.Flux;

/// The HTTP interface of the checks. Nothing in it blocks.
@RestController
@RequestMapping("/checks")
final class ChecksController {

    private final CheckRegistry checks;
    private final Environment environment;

    ChecksController(CheckRegistry checks, Environment environment) {
        this.checks = checks;
        this.environment = environment;
    }

    /// The answer to a check that was started.
    ///
    /// @param id its id
    /// @param links where to find more
    record Started(String id, @JsonProperty("_links") Map<String, String> links) {}

    @PostMapping
    ResponseEntity<Started> start(@RequestBody(required = false) @Nullable Map<String, @Nullable Object> fields) {
        CheckRequest request = new CheckRequest(fields == null ? Map.of() : fields);
        // The port is known once the server listens, so not before now.
        String id = checks.start(request.options(environment.getRequiredProperty("checker.url")));
        Map<String, String> links = CheckReport.linksOf(id);
        return ResponseEntity.accepted().location(URI.create("/checks/" + id)).body(new Started(id, links));
    }

    @GetMapping
    List<CheckReport.Summary> list() {
        return checks.all().stream().map(check -> check.report().summary()).toList();
    }

    @GetMapping("/{id}")
    CheckReport report(@PathVariable String id) {
        return find(id).report();
    }

    @GetMapping(path = "/{id}/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    Flux<ServerSentEvent<CheckEvent>> events(@PathVariable String id) {
        return find(id).events();
    }

    @DeleteMapping("/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void cancel(@PathVariable String id) {
        find(id).cancel();
    }

    private Check find(String id) {
        return checks.find(id).orElseThrow(() -> new ResponseStatusException(HttpStatus.NOT_FOUND,
                "there is no check with the id " + id + "; GET /checks lists those that are remembered"));
    }

    @ExceptionHandler
    ProblemDetail invalid(InvalidRequest error) {
        return ProblemDetail.forStatusAndDetail(HttpStatus.BAD_REQUEST, error.getMessage());
    }

    @ExceptionHandler
    ProblemDetail unreadable(ServerWebInputException error) {
        Throwable cause = error.getMostSpecificCause();
        String why = String.valueOf(cause.getMessage()).lines().limit(1).collect(Collectors.joining());
        return ProblemDetail.forStatusAndDetail(HttpStatus.BAD_REQUEST, "the body must be a JSON object: " + why);
    }

    @ExceptionHandler
    ProblemDetail tooMany(RejectedSubmission error) {
        return ProblemDetail.forStatusAndDetail(HttpStatus.SERVICE_UNAVAILABLE, error.getMessage());
    }
}
