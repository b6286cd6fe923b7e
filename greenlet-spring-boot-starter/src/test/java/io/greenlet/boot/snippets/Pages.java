package io.greenlet.boot.snippets;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.regex.Pattern;
import org.springframework.beans.factory.config.YamlPropertiesFactoryBean;
import org.springframework.core.io.ByteArrayResource;

/// The pages of the documentation.
final class Pages {

    private static final Pattern YAML_BLOCK = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL);

    private Pages() {}

    /// Returns the only YAML of a page as properties, `name=value`.
    static String[] yaml(String page) throws IOException {
        String text = Files.readString(Path.of("..", page));
        List<String> blocks = YAML_BLOCK.matcher(text).results().map(found -> found.group(1)).toList();
        assertThat(blocks).hasSize(1);
        YamlPropertiesFactoryBean yaml = new YamlPropertiesFactoryBean();
        yaml.setResources(new ByteArrayResource(blocks.getFirst().getBytes(UTF_8)));
        Properties properties = Objects.requireNonNull(yaml.getObject());
        return properties.entrySet().stream().map(entry -> entry.getKey() + "=" + entry.getValue())
                .toArray(String[]::new);
    }
}
