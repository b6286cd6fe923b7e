package io.greenlet;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// Says on which hubs the tests of a [HubContract] mean anything, where that is not all of them. The class says why.
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface OnlyOn {

    /// The hubs.
    HubContract.HubKind[] value();

    /// From which kinds of thread.
    HubContract.Caller[] from() default {HubContract.Caller.PLATFORM_THREAD, HubContract.Caller.VIRTUAL_THREAD,
            HubContract.Caller.GREEN_THREAD};
}
