package io.greenlet.boot;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName.Form;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.core.env.Environment;

/// The names of the pools that the environment defines.
///
/// Spellings that differ in case, `-` and `_` only are one pool: an environment variable cannot spell `my-crawler`, so
/// `GREENLET_POOLS_MYCRAWLER_SIZE` must mean that one. The pool's name, and so its bean name, is the spelling in the
/// source of lowest precedence, which is the application's own; sources above it override its settings one by one,
/// however they spell it. Two spellings in one source are a mistake: which one wins would be anybody's guess.
final class PoolNames {

    private static final ConfigurationPropertyName ROOT = ConfigurationPropertyName.of("greenlet.pools");
    private static final int NAME = ROOT.getNumberOfElements();
    private static final Set<String> SETTINGS = Set.of("size", "whenfull", "maxwait", "queuecapacity", "tasktimeout",
            "propagatecontext");

    private PoolNames() {}

    /// Returns the names as they are spelled; `default` is always the last if it is not one of those before.
    static List<String> in(Environment environment) {
        Map<String, String> names = new LinkedHashMap<>();
        List<ConfigurationPropertySource> sources = new ArrayList<>();
        ConfigurationPropertySources.get(environment).forEach(sources::addFirst);
        for (ConfigurationPropertySource source : sources) {
            if (source instanceof IterableConfigurationPropertySource iterable) {
                spellings(iterable).forEach(names::putIfAbsent);
            }
        }
        names.putIfAbsent(GreenletProperties.DEFAULT_POOL, GreenletProperties.DEFAULT_POOL);
        names.computeIfPresent(GreenletProperties.DEFAULT_POOL, (folded, _) -> folded);
        return List.copyOf(names.values());
    }

    private static Map<String, String> spellings(IterableConfigurationPropertySource source) {
        Map<String, String> spellings = new LinkedHashMap<>();
        source.stream().filter(PoolNames::isPool).forEach(property -> {
            String name = property.getElement(NAME, Form.ORIGINAL);
            String other = spellings.putIfAbsent(fold(name), name);
            if (other != null && !other.equals(name)) {
                throw new GreenletConfigurationException(
                        "greenlet.pools." + other + " and greenlet.pools." + name
                                + " are the same pool: case, '-' and '_' do not count",
                        "Spell the pool's name in one way, or give one of the two pools another name.");
            }
        });
        return spellings;
    }

    /// Whether a property defines a pool: a setting of one, or the name alone, as YAML has it for a pool of which
    /// nothing is set. Anything else (a misspelled setting, a variable with an underscore too many) does not.
    private static boolean isPool(ConfigurationPropertyName property) {
        return ROOT.isAncestorOf(property) && switch (property.getNumberOfElements() - NAME) {
            case 1 -> true;
            case 2 -> SETTINGS.contains(property.getElement(NAME + 1, Form.UNIFORM));
            default -> false;
        };
    }

    static String fold(String name) {
        return name.toLowerCase(Locale.ROOT).replace("-", "").replace("_", "");
    }
}
