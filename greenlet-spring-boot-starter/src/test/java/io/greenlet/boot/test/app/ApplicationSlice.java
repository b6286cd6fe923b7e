package io.greenlet.boot.test.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.boot.test.GreenletTest;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.ComponentScan.Filter;
import org.springframework.context.annotation.FilterType;

/// A user's test in the package of the application.
@GreenletTest(properties = "greenlet.pools.crawler.size=1", includeFilters = @Filter(type = FilterType.ASSIGNABLE_TYPE, classes = Titles.class))
public class ApplicationSlice {

    @Test
    void componentsAreThoseThatItIncludes(@Autowired ApplicationContext context) {
        assertThat(context.getBeansOfType(TitlesApplication.class)).hasSize(1);
        assertThat(context.getBeansOfType(Titles.class)).hasSize(1);
        assertThat(context.getBeansOfType(Expensive.class)).isEmpty();
        assertThat(context.containsBean("applicationTaskExecutor")).isFalse();
    }
}
