package io.greenlet.boot.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.boot.GreenPoolAutoConfiguration;
import io.greenlet.pool.GreenPool;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.json.JsonParserFactory;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/// The dashboard under docs/ asks for what an application has.
@Timeout(60)
class GrafanaDashboardTests {

    private static final Pattern METRIC = Pattern.compile("\\bgreenlet_\\w+");
    private static final Pattern LABEL = Pattern.compile("(\\w+) *(?:=~|!=|=) *\"|by \\(([^)]*)\\)");

    private final Map<String, Object> dashboard = dashboard();

    private static Map<String, Object> dashboard() {
        try {
            return JsonParserFactory.getJsonParser()
                    .parseMap(Files.readString(Path.of("..", "docs", "grafana-dashboard.json")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @SuppressWarnings("unchecked") // the format of dashboards
    private static List<Map<String, Object>> list(@Nullable Object of) {
        return (List<Map<String, Object>>) Objects.requireNonNull(of);
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> map(@Nullable Object of) {
        return (Map<String, Object>) Objects.requireNonNull(of);
    }

    private List<Map<String, Object>> panels() {
        return list(dashboard.get("panels"));
    }

    private List<Map<String, Object>> graphs() {
        return panels().stream().filter(panel -> !"row".equals(panel.get("type"))).toList();
    }

    private List<Map<String, Object>> variables() {
        return list(map(dashboard.get("templating")).get("list"));
    }

    private List<String> queries() {
        Stream<String> ofGraphs = graphs().stream().flatMap(graph -> list(graph.get("targets")).stream())
                .map(target -> (String) target.get("expr"));
        Stream<String> ofVariables = variables().stream().map(variable -> variable.get("definition"))
                .filter(String.class::isInstance).map(String.class::cast);
        Stream<String> ofMarks = list(map(dashboard.get("annotations")).get("list")).stream()
                .map(mark -> (String) mark.get("expr"));
        return Stream.of(ofGraphs, ofVariables, ofMarks).flatMap(all -> all).toList();
    }

    private Set<String> asked() {
        Set<String> metrics = new TreeSet<>();
        for (String query : queries()) {
            METRIC.matcher(query).results().map(MatchResult::group).forEach(metrics::add);
        }
        return metrics;
    }

    /// The series that an application's Prometheus endpoint would have, without their labels.
    private static Set<String> scraped() {
        Set<String> series = new TreeSet<>();
        new ApplicationContextRunner()
                .withConfiguration(
                        AutoConfigurations.of(GreenPoolAutoConfiguration.class, MetricsAutoConfiguration.class,
                                GreenPoolMetricsAutoConfiguration.class))
                .withBean(PrometheusMeterRegistry.class, () -> new PrometheusMeterRegistry(PrometheusConfig.DEFAULT))
                .withPropertyValues("management.metrics.distribution.percentiles-histogram.greenlet.pool=true")
                .run(context -> {
                    context.getBean("default", GreenPool.class).spawn(() -> "done").await();
                    context.getBean(PrometheusMeterRegistry.class).scrape().lines()
                            .filter(line -> line.startsWith("greenlet_"))
                            .forEach(line -> series.add(line.substring(0, line.indexOf('{'))));
                });
        return series;
    }

    @Test
    void asksForMetricsThatThereAre() {
        assertThat(asked()).isNotEmpty().isSubsetOf(scraped());
    }

    @Test
    void showsEveryMetricOfAPool() {
        assertThat(asked()).containsAll(scraped());
    }

    @Test
    void asksForLabelsThatThereAre() {
        Set<String> labels = new TreeSet<>();
        for (String query : queries()) {
            LABEL.matcher(query).results().forEach(found -> labels.addAll(found.group(1) == null
                    ? List.of(found.group(2).split(", ", -1))
                    : List.of(found.group(1))));
        }
        assertThat(labels).containsExactlyInAnyOrder("instance", "pool", "outcome", "le"); // instance: of the scrape
    }

    @Test
    void everyGraphHasATitleADescriptionAUnitAndAnUnusedPlace() {
        assertThat(panels()).extracting(panel -> panel.get("id")).doesNotHaveDuplicates();
        assertThat(panels()).extracting(panel -> map(panel.get("gridPos")))
                .extracting(at -> at.get("x") + " " + at.get("y"))
                .doesNotHaveDuplicates();
        assertThat(graphs()).hasSizeGreaterThan(10).allSatisfy(graph -> {
            assertThat((String) graph.get("title")).isNotBlank();
            assertThat((String) graph.get("description")).isNotBlank();
            assertThat(map(map(graph.get("fieldConfig")).get("defaults")).get("unit")).isNotNull();
            assertThat(list(graph.get("targets"))).isNotEmpty()
                    .allSatisfy(
                            target -> assertThat(map(target.get("datasource")).get("uid")).isEqualTo("${datasource}"));
        });
    }

    @Test
    void everyVariableOfAQueryIsDefined() {
        Set<String> used = new TreeSet<>();
        for (String query : queries()) {
            Pattern.compile("\\$(\\w+)").matcher(query).results().map(found -> found.group(1))
                    .filter(name -> !name.startsWith("__")).forEach(used::add);
        }
        assertThat(variables()).extracting(variable -> variable.get("name")).containsExactly("datasource", "instance",
                "pool");
        assertThat(used).containsExactly("instance", "pool");
    }

    @Test
    void bracketsOfQueriesMatch() {
        assertThat(queries()).allSatisfy(query -> {
            for (String pair : List.of("()", "[]", "{}")) {
                assertThat(query.chars().filter(c -> c == pair.charAt(0)).count())
                        .isEqualTo(query.chars().filter(c -> c == pair.charAt(1)).count());
            }
        });
    }
}
