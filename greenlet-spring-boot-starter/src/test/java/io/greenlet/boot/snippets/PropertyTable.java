package io.greenlet.boot.snippets;

import io.greenlet.boot.GreenletProperties;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Parameter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.json.JsonParserFactory;
import org.springframework.util.ClassUtils;

/// The table of all properties, from the metadata that the annotation processor writes. It knows a map's values by their
/// type only: for these the record and its Javadoc tell the rest.
final class PropertyTable {

    private static final String METADATA = "META-INF/spring-configuration-metadata.json";
    private static final Pattern MAP = Pattern.compile("java\\.util\\.Map<java\\.lang\\.String,\\s*([\\w.$]+)>");
    private static final Pattern PARAM = Pattern.compile("@param (\\w+) ([^@]*)");

    private record Row(String name, String type, String standard, String description) {}

    private PropertyTable() {}

    /// Returns the table in Markdown.
    static String markdown() {
        List<Row> rows = new ArrayList<>();
        for (Map<String, Object> property : properties()) {
            String name = text(property, "name");
            Matcher map = MAP.matcher(text(property, "type"));
            Class<?> group = map.matches() ? type(map.group(1)) : null;
            if (group != null && group.isRecord()) {
                rows.addAll(rows(name + ".*.", group));
            } else {
                rows.add(new Row(name, shown(type(text(property, "type"))), text(property, "defaultValue"),
                        text(property, "description")));
            }
        }
        return Stream.concat(Stream.of("| property | value | default | |", "|---|---|---|---|"),
                rows.stream().sorted((one, other) -> one.name().compareTo(other.name())).map(PropertyTable::line))
                .collect(Collectors.joining("\n"));
    }

    private static String line(Row row) {
        String standard = row.standard().isEmpty() ? "" : '`' + row.standard() + '`';
        return "| `%s` | %s | %s | %s |".formatted(row.name(), row.type(), standard,
                row.description().replace("|", "\\|").replaceAll("\\s+", " "));
    }

    /// The rows of a record whose components are properties.
    private static List<Row> rows(String prefix, Class<?> group) {
        Map<String, String> javadoc = javadoc(group);
        Constructor<?> constructor = group.getDeclaredConstructors()[0];
        List<Row> rows = new ArrayList<>();
        for (Parameter parameter : constructor.getParameters()) {
            String name = prefix + dashed(parameter.getName());
            if (parameter.getType().isRecord()) {
                rows.addAll(rows(name + '.', parameter.getType()));
            } else {
                DefaultValue standard = parameter.getAnnotation(DefaultValue.class);
                rows.add(new Row(name, shown(parameter.getType()),
                        standard == null ? "" : String.join(",", standard.value()),
                        Objects.requireNonNull(javadoc.get(parameter.getName()), () -> "no Javadoc of " + name)));
            }
        }
        return rows;
    }

    /// What the `@param` tags of a record say, from its source.
    private static Map<String, String> javadoc(Class<?> type) {
        String outer = type.getName().replaceAll("\\$.*", "").replace('.', '/');
        try {
            List<String> lines = Files.readAllLines(Path.of("src", "main", "java", outer + ".java"));
            int end = 0;
            while (!lines.get(end).contains("record " + type.getSimpleName() + "(")) {
                end++;
            }
            int begin = end;
            while (begin > 0 && lines.get(begin - 1).strip().matches("///.*|@.*")) {
                begin--;
            }
            String comment = lines.subList(begin, end).stream().map(String::strip)
                    .filter(line -> line.startsWith("///")).map(line -> line.substring(3).strip())
                    .collect(Collectors.joining(" "));
            return PARAM.matcher(comment.replace("`@", "`\0")).results()
                    .collect(Collectors.toMap(found -> found.group(1),
                            found -> found.group(2).strip().replace("`\0", "`@")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String shown(@Nullable Class<?> type) {
        if (type == null) {
            return "text";
        }
        if (type.isEnum()) {
            return Arrays.stream(type.getEnumConstants())
                    .map(constant -> "`" + constant.toString().toLowerCase(Locale.ROOT).replace('_', '-') + "`")
                    .collect(Collectors.joining(", "));
        }
        Class<?> boxed = ClassUtils.resolvePrimitiveIfNecessary(type);
        if (Number.class.isAssignableFrom(boxed)) {
            return "number";
        }
        if (boxed == Boolean.class) {
            return "`true`, `false`";
        }
        return boxed == Duration.class ? "duration" : "text";
    }

    private static @Nullable Class<?> type(String name) {
        String raw = name.replaceAll("<.*", "");
        return ClassUtils.isPresent(raw, null) ? ClassUtils.resolveClassName(raw, null) : null;
    }

    private static String dashed(String name) {
        return name.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }

    private static String text(Map<String, Object> property, String key) {
        Object value = property.get(key);
        return value == null ? "" : value.toString();
    }

    @SuppressWarnings("unchecked") // the format of the metadata
    private static List<Map<String, Object>> properties() {
        try {
            for (var url : Collections.list(PropertyTable.class.getClassLoader().getResources(METADATA))) {
                try (InputStream in = url.openStream()) {
                    String json = new String(in.readAllBytes(), StandardCharsets.UTF_8);
                    if (json.contains(GreenletProperties.class.getName())) {
                        return (List<Map<String, Object>>) Objects
                                .requireNonNull(JsonParserFactory.getJsonParser().parseMap(json).get("properties"));
                    }
                }
            }
            throw new AssertionError("no metadata of the starter");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
