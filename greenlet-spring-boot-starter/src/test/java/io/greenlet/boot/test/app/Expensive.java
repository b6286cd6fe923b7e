package io.greenlet.boot.test.app;

import org.springframework.stereotype.Component;

/// What no slice wants.
@Component
public class Expensive {}
