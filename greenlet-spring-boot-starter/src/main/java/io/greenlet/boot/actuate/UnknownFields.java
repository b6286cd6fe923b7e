package io.greenlet.boot.actuate;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

import org.springframework.boot.actuate.endpoint.EndpointId;
import org.springframework.boot.actuate.endpoint.InvocationContext;
import org.springframework.boot.actuate.endpoint.OperationType;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.invoke.OperationInvoker;
import org.springframework.boot.actuate.endpoint.invoke.OperationInvokerAdvisor;
import org.springframework.boot.actuate.endpoint.invoke.OperationParameter;
import org.springframework.boot.actuate.endpoint.invoke.OperationParameters;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;

/// Refuses a change that names a field which `greenpools` does not know: the method never sees such a field, so that a
/// typo would go unnoticed beside others. Of what comes otherwise than over HTTP, all fields are known.
final class UnknownFields implements OperationInvokerAdvisor {

    private static final EndpointId GREEN_POOLS = EndpointId.of("greenpools");

    @Override
    public OperationInvoker apply(EndpointId endpoint, OperationType type, OperationParameters parameters,
            OperationInvoker invoker) {
        if (!endpoint.equals(GREEN_POOLS) || type != OperationType.WRITE) {
            return invoker;
        }
        Set<String> all = parameters.stream().map(OperationParameter::getName).collect(Collectors.toSet());
        List<String> fields = parameters.stream().filter(UnknownFields::isField).map(OperationParameter::getName)
                .toList();
        return request -> {
            Set<String> unknown = unknown(request, all);
            return unknown.isEmpty() ? invoker.invoke(request) : refuse(unknown, fields);
        };
    }

    private static boolean isField(OperationParameter parameter) {
        return parameter.getType() == String.class && parameter.getAnnotation(Selector.class) == null;
    }

    private static Set<String> unknown(InvocationContext request, Set<String> known) {
        Set<String> unknown = new LinkedHashSet<>(request.getArguments().keySet());
        unknown.removeAll(known);
        return unknown;
    }

    private static WebEndpointResponse<Object> refuse(Set<String> unknown, List<String> fields) {
        return GreenPoolsWebExtension.refuse(WebEndpointResponse.STATUS_BAD_REQUEST,
                (unknown.size() == 1 ? "no field '" : "no fields '") + String.join("', '", unknown)
                        + "', known fields: " + String.join(", ", fields));
    }
}
