package io.greenlet.sample.web;

import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URI;
import java.net.URL;
import java.util.Objects;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.stream.Collectors;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.core.io.Resource;
import org.springframework.core.io.UrlResource;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import org.springframework.web.server.WebFilter;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/// A site to check, under `/site/`: the documentation of AssertJ as it was published, straight from its javadoc jar on
/// the class path. It has more than a thousand pages, and some of its links are really broken.
///
/// Only entries of that jar are served. A folder stands for its `index.html`; one without it does not exist.
@Configuration(proxyBeanMethods = false)
class DocumentationSite {

    private static final String PATH = "/site/";
    /// Tells the jar from all others on the class path.
    private static final String A_PAGE = "org/assertj/core/api/Assertions.html";

    private final String jar;
    private final Set<String> entries;

    DocumentationSite() throws IOException {
        URL page = Objects.requireNonNull(DocumentationSite.class.getClassLoader().getResource(A_PAGE), A_PAGE);
        jar = page.toString().substring(0, page.toString().length() - A_PAGE.length());
        JarURLConnection connection = (JarURLConnection) page.openConnection();
        entries = connection.getJarFile().stream().filter(entry -> !entry.isDirectory()).map(JarEntry::getName)
                .collect(Collectors.toUnmodifiableSet());
    }

    @Bean
    RouterFunction<ServerResponse> documentation() {
        return RouterFunctions.resources(this::find).and(RouterFunctions.route()
                .GET("/site", _ -> ServerResponse.permanentRedirect(URI.create(PATH)).build()).build());
    }

    /// Every answer of the site waits as long as a network would make it, then leaves the event loop, since reading a jar
    /// blocks.
    @Bean
    WebFilter documentationDelay(CheckerProperties properties) {
        return (exchange, chain) -> exchange.getRequest().getPath().value().startsWith(PATH)
                ? Mono.delay(properties.siteLatency()).publishOn(Schedulers.boundedElastic())
                        .then(Mono.defer(() -> chain.filter(exchange)))
                : chain.filter(exchange);
    }

    private Mono<Resource> find(ServerRequest request) {
        String path = request.uri().getPath();
        if (!path.startsWith(PATH)) {
            return Mono.empty();
        }
        String name = path.substring(PATH.length());
        String entry = name.isEmpty() || name.endsWith("/") ? name + "index.html" : name;
        return entries.contains(entry)
                ? Mono.fromCallable(() -> new Page(entry, new UrlResource(jar).createRelative(entry)))
                : Mono.empty();
    }

    /// An entry of the jar, read as a whole and in one thread.
    ///
    /// A stream of a jar must not be closed in one thread while another reads it, as happens when a client hangs up: the
    /// jar hands its decompressor to the next stream while the reader still feeds it, which spoils the other's page.
    private static final class Page extends ByteArrayResource {

        private final String entry;

        Page(String entry, Resource jarred) throws IOException {
            super(jarred.getContentAsByteArray(), entry);
            this.entry = entry;
        }

        /// Tells the type of the content.
        @Override
        public String getFilename() {
            return entry;
        }
    }
}
