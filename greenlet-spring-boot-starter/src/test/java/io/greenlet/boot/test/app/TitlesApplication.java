package io.greenlet.boot.test.app;

import org.springframework.boot.autoconfigure.SpringBootApplication;

/// An application, of which a slice takes little.
@SpringBootApplication
public class TitlesApplication {}
