package io.greenlet.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.boot.GreenletProperties.Pool;
import java.util.AbstractMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;

/// What the environment says of pools that are made while it changes. The rest is in the tests of package `cloud`.
@Timeout(60)
class GreenPoolSettingsTests {

    @Test
    void aChangeWhileAPoolIsMadeIsNotMissed() {
        Map<String, Object> properties = new HashMap<>(Map.of("greenlet.pools.api.size", 2));
        StandardEnvironment environment = new StandardEnvironment();
        environment.getPropertySources().addFirst(new MapPropertySource("test", properties));
        GreenPoolSettings settings = new GreenPoolSettings(environment,
                new GreenPools(new DefaultListableBeanFactory()));
        Map<String, Pool> atStart = new AbstractMap<>() {
            @Override
            public Set<Entry<String, Pool>> entrySet() { // read just before the change
                properties.put("greenlet.pools.api.size", 7);
                settings.follow();
                return Set.of();
            }
        };
        assertThat(settings.settings("api", atStart).size()).isEqualTo(7);
    }
}
