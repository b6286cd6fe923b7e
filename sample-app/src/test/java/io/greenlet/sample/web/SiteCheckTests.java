package io.greenlet.sample.web;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.web.reactive.server.WebTestClient;
import tools.jackson.databind.JsonNode;

/// The check of the whole bundled site, against a count of its own: from the entries of the jar, without HTTP, without an
/// HTML parser, without URLs. `src/check/count_site.py` counts the same in a third way.
@WholeApplication
class SiteCheckTests {

    private static final Pattern NOISE = Pattern.compile("<!--.*?-->|(<script\\b[^>]*>).*?</script>", Pattern.DOTALL);
    private static final Pattern TAG = Pattern.compile("<(a|area|link|iframe|frame|img|script)\\s([^>]*)>");
    private static final Pattern HREF = Pattern.compile("\\bhref\\s*=\\s*(?:\"([^\"]*)\"|'([^']*)')");
    private static final Pattern SRC = Pattern.compile("\\bsrc\\s*=\\s*(?:\"([^\"]*)\"|'([^']*)')");
    private static final Pattern SCHEME = Pattern.compile("[a-zA-Z][a-zA-Z0-9+.-]*:.*");

    private static final Path SITE = Path.of("/site");

    private final ChecksClient checks;

    SiteCheckTests(@Autowired WebTestClient web) {
        checks = new ChecksClient(web);
    }

    @Test
    void theReportOfTheWholeSiteAgreesWithACountOfItsFiles() throws IOException {
        Count count = new Count();
        assertThat(count.pages).hasSizeGreaterThan(1_000);
        assertThat(count.broken).isNotEmpty();

        JsonNode report = checks.reportAtEnd(checks.start(Map.of("timeoutMillis", 60_000)));

        assertThat(report.get("status").asString()).isEqualTo("FINISHED");
        assertThat(report.get("brokenLinks").valueStream())
                .allSatisfy(broken -> assertThat(broken.get("detail").asString()).isEqualTo("status 404"));
        assertThat(report.get("pages").asInt()).isEqualTo(count.pages.size());
        assertThat(report.get("links").asLong()).isEqualTo(count.links);
        assertThat(report.get("internal").asInt()).isEqualTo(count.internal.size());
        assertThat(report.get("broken").asInt()).isEqualTo(count.broken.size());
        assertThat(report.get("references").asInt())
                .isEqualTo(count.broken.values().stream().mapToInt(Set::size).sum());
        assertThat(report.get("skipped").asInt()).isZero();

        Map<String, Integer> reported = new TreeMap<>();
        for (JsonNode broken : report.get("brokenLinks")) {
            String file = file(broken.get("url"));
            reported.put(file, broken.get("references").asInt());
            assertThat(requireNonNull(count.broken.get(file)))
                    .containsAll(broken.get("foundOn").valueStream().map(SiteCheckTests::file).toList());
        }
        Map<String, Integer> counted = new TreeMap<>();
        count.broken.forEach((file, pages) -> counted.put(file, pages.size()));
        assertThat(reported).isEqualTo(counted);

        JsonNode pool = checks.pool("crawler");
        assertThat(report.get("peakRunning").asInt()).isBetween(2, pool.get("size").asInt());
        assertThat(pool.get("running").asInt()).isZero();
    }

    private static String file(JsonNode url) {
        return URI.create(url.asString()).getPath().substring("/site/".length());
    }

    /// What can be reached from `index.html`, the start `""` being another name for it.
    private static final class Count {

        private final Set<String> pages = new HashSet<>();
        private final Set<String> internal = new TreeSet<>(Set.of(""));
        private final Map<String, Set<String>> broken = new HashMap<>();
        private long links;

        Count() throws IOException {
            JarURLConnection page = (JarURLConnection) requireNonNull(
                    Count.class.getClassLoader().getResource("org/assertj/core/api/Assertions.html")).openConnection();
            JarFile jar = page.getJarFile();
            Deque<String> open = new ArrayDeque<>(List.of(""));
            while (!open.isEmpty()) {
                String file = open.remove();
                pages.add(file);
                for (String target : linksOf(jar, file)) {
                    boolean first = internal.add(target);
                    if (jar.getEntry(entry(target)) == null) {
                        broken.computeIfAbsent(target, _ -> new HashSet<>()).add(file);
                    } else if (first && entry(target).endsWith(".html")) {
                        open.add(target);
                    }
                }
            }
        }

        private static String entry(String file) {
            return file.isEmpty() || file.endsWith("/") ? file + "index.html" : file;
        }

        private List<String> linksOf(JarFile jar, String file) throws IOException {
            String html;
            try (InputStream in = jar.getInputStream(jar.getEntry(entry(file)))) {
                html = NOISE.matcher(new String(in.readAllBytes(), UTF_8))
                        .replaceAll(noise -> noise.group(1) == null ? "" : Matcher.quoteReplacement(noise.group(1)));
            }
            List<String> files = new ArrayList<>();
            Matcher tags = TAG.matcher(html);
            while (tags.find()) {
                boolean href = Set.of("a", "area", "link").contains(tags.group(1));
                Matcher value = (href ? HREF : SRC).matcher(tags.group(2));
                if (value.find()) {
                    add(files, file, value.group(1) == null ? value.group(2) : value.group(1));
                }
            }
            return files;
        }

        private void add(List<String> files, String file, String link) {
            if (SCHEME.matcher(link).matches()) {
                links += link.startsWith("http") ? 1 : 0;
                return;
            }
            links++;
            String name = link.replaceFirst("#.*", "");
            Path target = SITE.resolve(entry(file)).resolveSibling(name).normalize();
            if (name.isEmpty()) {
                files.add(file);
            } else if (target.startsWith(SITE)) {
                String path = SITE.relativize(target).toString();
                files.add(path.isEmpty() || !name.endsWith("/") ? path : path + "/");
            }
        }
    }
}
