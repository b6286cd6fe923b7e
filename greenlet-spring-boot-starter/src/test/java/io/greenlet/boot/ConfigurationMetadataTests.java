package io.greenlet.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.boot.GreenletProperties.Async;
import io.greenlet.boot.GreenletProperties.HubProperties;
import io.greenlet.boot.GreenletProperties.Pool;
import io.greenlet.boot.health.HealthProperties;
import io.greenlet.boot.watchdog.WatchdogProperties;
import io.greenlet.boot.web.GreenWebProperties;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.json.JsonParserFactory;

/// What IDEs know of the properties.
@Timeout(30)
class ConfigurationMetadataTests {

    private static final String METADATA = "META-INF/spring-configuration-metadata.json";

    @SuppressWarnings("unchecked") // the format of the metadata
    private static List<Map<String, Object>> items(String kind) {
        try {
            List<Map<String, Object>> items = new ArrayList<>();
            for (var url : Collections.list(GreenPools.class.getClassLoader().getResources(METADATA))) {
                try (InputStream in = url.openStream()) {
                    String json = new String(in.readAllBytes(), StandardCharsets.UTF_8);
                    if (json.contains(GreenletProperties.class.getName())) {
                        Object found = JsonParserFactory.getJsonParser().parseMap(json).get(kind);
                        items.addAll((List<Map<String, Object>>) Objects.requireNonNull(found));
                    }
                }
            }
            return items;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Stream<String> names(String prefix, Class<?> properties) {
        return Arrays.stream(properties.getRecordComponents()).map(RecordComponent::getName)
                .map(name -> prefix + dashed(name));
    }

    private static String dashed(String name) {
        return name.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }

    @Test
    void everyPropertyIsThereWithADescription() {
        List<String> expected = Stream
                .of(Stream.of("greenlet.hubs", "greenlet.pools", "greenlet.shutdown-grace", "greenlet.record-spawns",
                        "greenlet.observations.enabled",
                        "management.endpoint.greenpools.access", "management.endpoint.greenhub.access"),
                        names("greenlet.hub.", HubProperties.class), names("greenlet.async.", Async.class),
                        names("greenlet.watchdog.", WatchdogProperties.class),
                        names("greenlet.health.", HealthProperties.class),
                        names("greenlet.web.", GreenWebProperties.class))
                .flatMap(names -> names).toList();
        assertThat(items("properties")).filteredOn(property -> expected.contains(property.get("name")))
                .hasSize(expected.size())
                .allSatisfy(property -> assertThat((String) property.get("description")).isNotBlank());
    }

    @Test
    void nothingElseIsThere() {
        assertThat(items("properties")).extracting(property -> property.get("name")).containsExactlyInAnyOrder(
                "greenlet.async.pool", "greenlet.hub.mode", "greenlet.hubs", "greenlet.observations.enabled",
                "greenlet.pools", "greenlet.record-spawns",
                "greenlet.shutdown-grace", "greenlet.health.saturated-status", "greenlet.watchdog.enabled",
                "greenlet.watchdog.interval", "greenlet.watchdog.on-proven", "greenlet.watchdog.on-suspected",
                "greenlet.web.blocking-pool", "greenlet.web.rejected-status", "greenlet.web.request-pool",
                "greenlet.web.retry-after", "greenlet.watchdog.saturated-after", "greenlet.watchdog.stall-after",
                "management.health.greenpools.enabled", "management.endpoint.greenhub.access",
                "management.endpoint.greenhub.cache.time-to-live", "management.endpoint.greenpools.access",
                "management.endpoint.greenpools.cache.time-to-live");
    }

    @Test
    void defaultsAreThere() {
        assertThat(items("properties")).filteredOn(property -> property.containsKey("defaultValue"))
                .extracting(property -> property.get("name") + "=" + property.get("defaultValue"))
                .contains("greenlet.async.pool=default", "greenlet.hub.mode=parallel", "greenlet.shutdown-grace=30s");
    }

    @Test
    void poolsAreTypedSoThatTheirSettingsComplete() {
        assertThat(items("properties")).filteredOn(property -> "greenlet.pools".equals(property.get("name")))
                .singleElement()
                .extracting(property -> property.get("type"))
                .isEqualTo("java.util.Map<java.lang.String,io.greenlet.boot.GreenletProperties$Pool>");
        assertThat(names("", Pool.class))
                .allSatisfy(name -> assertThat(ConfigurationPropertyName.isValid(name)).isTrue())
                .containsExactly("size", "when-full", "max-wait", "queue-capacity", "task-timeout",
                        "propagate-context", "hub");
    }

    @Test
    void valuesAreHinted() {
        assertThat(items("hints")).extracting(hint -> hint.get("name")).containsExactlyInAnyOrder("greenlet.async.pool",
                "greenlet.pools.keys", "greenlet.web.blocking-pool", "greenlet.web.request-pool");
    }
}
