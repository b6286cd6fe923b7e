package io.greenlet.snippets;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Whatever the README and the pages under docs/ show as Java stands in a test, to the letter but for the indentation.
@Timeout(60)
class ReadmeTests {

    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern JAVA_BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
    private static final Pattern REGION = Pattern.compile("// @start region=.*?\n(.*?)// @end", Pattern.DOTALL);

    @Test
    void everyJavaSnippetIsARegionOfATest() throws IOException {
        List<String> regions = new ArrayList<>();
        for (Path source : sources()) {
            REGION.matcher(Files.readString(source)).results().forEach(found -> regions.add(plain(found.group(1))));
        }
        assertThat(pages()).isNotEmpty().allSatisfy(page -> {
            List<String> snippets = JAVA_BLOCK.matcher(Files.readString(page)).results()
                    .map(found -> plain(found.group(1))).toList();
            assertThat(regions).containsAll(snippets);
        });
    }

    @Test
    void theReadmeIsShort() throws IOException {
        assertThat(Files.readAllLines(ROOT.resolve("README.md"))).hasSizeLessThanOrEqualTo(150);
    }

    @Test
    void everyLinkOfAPageLeadsSomewhere() throws IOException {
        Pattern link = Pattern.compile("]\\((?!https?:|#)([^)#]+)[^)]*\\)");
        for (Path page : pages()) {
            assertThat(link.matcher(Files.readString(page)).results().map(found -> found.group(1))).allSatisfy(
                    target -> assertThat(page.resolveSibling(target)).as("link in %s", page).exists());
        }
    }

    private static List<Path> sources() throws IOException {
        try (Stream<Path> files = Files.walk(ROOT, 12)) {
            return files.filter(file -> file.getFileName().toString().endsWith("SnippetsTests.java"))
                    .filter(file -> file.toString().contains("src/test/java")).toList();
        }
    }

    private static List<Path> pages() throws IOException {
        try (Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
            return Stream.concat(Stream.of(ROOT.resolve("README.md")),
                    docs.filter(file -> file.getFileName().toString().endsWith(".md"))).toList();
        }
    }

    private static String plain(String code) {
        return code.lines().map(String::strip).reduce("", (a, b) -> a + '\n' + b).strip();
    }
}
