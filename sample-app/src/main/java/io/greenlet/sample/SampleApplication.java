package io.greenlet.sample;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/// The link checker. Starts on port 8080 and says where to look.
@SpringBootApplication
@ConfigurationPropertiesScan
public class SampleApplication {

    /// Starts the application.
    ///
    /// @param args as for any Spring Boot application
    public static void main(String[] args) {
        SpringApplication.run(SampleApplication.class, args);
    }
}
