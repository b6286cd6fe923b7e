package io.greenlet.boot;

import io.greenlet.boot.GreenletProperties.HubProperties;
import io.greenlet.boot.GreenletProperties.Pool;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.core.env.Environment;

/// The names of the beans that the environment defines by groups of properties: pools, hubs.
///
/// Spellings that differ in case, `-` and `_` only are one bean: an environment variable cannot spell `my-crawler`, so
/// `GREENLET_POOLS_MYCRAWLER_SIZE` must mean that one. The bean's name is the spelling in the source of lowest
/// precedence, which is the application's own; sources above it override its settings one by one, however they spell
/// it. Two spellings in one source are a mistake: which one wins would be anybody's guess.
final class BeanNames {

    private static final BeanNames POOLS = new BeanNames("pool", Pool.class);
    private static final BeanNames HUBS = new BeanNames("hub", HubProperties.class);

    private final String what;
    private final ConfigurationPropertyName root;
    private final int position;
    private final Set<String> settings;

    private BeanNames(String what, Class<?> group) {
        this.what = what;
        root = ConfigurationPropertyName.of("greenlet." + what + 's');
        position = root.getNumberOfElements();
        settings = Arrays.stream(group.getRecordComponents()).map(RecordComponent::getName)
                .map(name -> name.toLowerCase(Locale.ROOT)).collect(Collectors.toUnmodifiableSet());
    }

    /// Returns the pools' names as they are spelled; `default` is always the last if it is not one of those before.
    static List<String> ofPools(Environment environment) {
        Map<String, String> names = POOLS.in(environment);
        names.putIfAbsent(GreenletProperties.DEFAULT_POOL, GreenletProperties.DEFAULT_POOL);
        names.computeIfPresent(GreenletProperties.DEFAULT_POOL, (folded, _) -> folded);
        return List.copyOf(names.values());
    }

    /// Returns the hubs' names as they are spelled.
    static List<String> ofHubs(Environment environment) {
        return List.copyOf(HUBS.in(environment).values());
    }

    /// Returns the value under a name, however the map spells it; the exact spelling comes first.
    static <T> T find(Map<String, T> values, String name, T otherwise) {
        T exact = values.get(name);
        if (exact != null) {
            return exact;
        }
        String folded = fold(name);
        for (Map.Entry<String, T> entry : values.entrySet()) {
            if (fold(entry.getKey()).equals(folded)) {
                return entry.getValue();
            }
        }
        return otherwise;
    }

    private Map<String, String> in(Environment environment) {
        Map<String, String> names = new LinkedHashMap<>();
        List<ConfigurationPropertySource> sources = new ArrayList<>();
        ConfigurationPropertySources.get(environment).forEach(sources::addFirst);
        for (ConfigurationPropertySource source : sources) {
            if (source instanceof IterableConfigurationPropertySource iterable) {
                spellings(iterable).forEach(names::putIfAbsent);
            }
        }
        return names;
    }

    private Map<String, String> spellings(IterableConfigurationPropertySource source) {
        Map<String, String> spellings = new LinkedHashMap<>();
        source.stream().filter(this::isOurs).forEach(property -> {
            String name = property.getElement(position, Form.ORIGINAL);
            String other = spellings.putIfAbsent(fold(name), name);
            if (other != null && !other.equals(name)) {
                throw new GreenletConfigurationException(
                        root + "." + other + " and " + root + '.' + name + " are the same " + what
                                + ": case, '-' and '_' do not count",
                        "Spell the " + what + "'s name in one way, or give one of the two " + what
                                + "s another name.");
            }
        });
        return spellings;
    }

    /// Whether a property defines a bean: a setting of one, or the name alone, as YAML has it for one of which nothing is
    /// set. Anything else (a misspelled setting, a variable with an underscore too many) does not.
    private boolean isOurs(ConfigurationPropertyName property) {
        return root.isAncestorOf(property) && switch (property.getNumberOfElements() - position) {
            case 1 -> true;
            case 2 -> settings.contains(property.getElement(position + 1, Form.UNIFORM));
            default -> false;
        };
    }

    static String fold(String name) {
        return name.toLowerCase(Locale.ROOT).replace("-", "").replace("_", "");
    }
}
