package io.greenlet.snippets;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.Hub;
import java.io.IOException;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The page for those who come from eventlet names nothing that does not exist.
@Timeout(60)
class EventletPageTests {

    private static final Path PAGE = Path.of("..", "docs", "coming-from-eventlet.md");
    private static final Pattern ROW = Pattern.compile("^\\|(?!---)(.*?)\\|(.*?)\\|(.*?)\\|$");
    private static final Pattern CODE = Pattern.compile("`([^`]+)`");

    private final Map<String, Class<?>> types = new LinkedHashMap<>();

    /// The cells of the middle column, without the heads of the tables.
    private static List<String[]> rows() throws IOException {
        List<String[]> rows = new ArrayList<>();
        for (String line : Files.readAllLines(PAGE)) {
            var row = ROW.matcher(line);
            if (row.matches() && !row.group(2).strip().equals("here")) {
                rows.add(new String[]{row.group(1).strip(), row.group(2).strip(), row.group(3).strip()});
            }
        }
        return rows;
    }

    @Test
    void everyNameInTheMiddleColumnExists() throws IOException, URISyntaxException {
        findTypes();
        Set<String> unknown = new TreeSet<>();
        int known = 0;
        for (String[] row : rows()) {
            for (String name : CODE.matcher(row[1]).results().map(found -> found.group(1)).toList()) {
                if (exists(name)) {
                    known++;
                } else {
                    unknown.add(name);
                }
            }
        }
        assertThat(unknown).as("names on %s that no public class has", PAGE).isEmpty();
        assertThat(known).isGreaterThan(150);
    }

    @Test
    void everyRowSaysWhatThereIsOrThatThereIsNothing() throws IOException {
        assertThat(rows()).hasSizeGreaterThan(100).allSatisfy(row -> {
            assertThat(CODE.matcher(row[0]).find() || !row[0].isEmpty()).isTrue();
            assertThat(row[1]).isNotEmpty();
        });
    }

    /// `Type` or `Type.member`, where a member is a method, a constant or a nested type that anybody may use.
    private boolean exists(String name) {
        String[] parts = name.split("\\.", -1);
        Class<?> type = types.get(parts[0]);
        for (int i = 1; i < parts.length && type != null; i++) {
            Class<?> nested = nested(type, parts[i]);
            if (nested == null) {
                return i == parts.length - 1 && hasMember(type, parts[i]);
            }
            type = nested;
        }
        return type != null;
    }

    private static @Nullable Class<?> nested(Class<?> type, String name) {
        return Arrays.stream(type.getClasses()).filter(each -> each.getSimpleName().equals(name)).findAny()
                .orElse(null);
    }

    private static boolean hasMember(Class<?> type, String name) {
        return Arrays.stream(type.getMethods()).anyMatch(method -> method.getName().equals(name))
                || Arrays.stream(type.getFields()).anyMatch(field -> field.getName().equals(name));
    }

    /// The public types of the library, wherever its classes are.
    private void findTypes() throws IOException, URISyntaxException {
        Path classes = Path.of(Hub.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        try (Stream<Path> files = Files.walk(classes)) {
            files.map(file -> classes.relativize(file).toString().replace('\\', '/'))
                    .filter(file -> file.matches("io/greenlet/[a-z/]*[A-Z]\\w*\\.class"))
                    .map(file -> file.substring(0, file.length() - ".class".length()).replace('/', '.'))
                    .forEach(this::add);
        }
    }

    private void add(String name) {
        try {
            Class<?> type = Class.forName(name, false, EventletPageTests.class.getClassLoader());
            if (Modifier.isPublic(type.getModifiers())) {
                types.put(type.getSimpleName(), type);
            }
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }
}
