package io.carillon.server;

import picocli.CommandLine.Model.OptionSpec;

/**
 * An option of a command.
 *
 * @param label what stands for the value in the help; empty for a switch
 */
record CommandOption(String flag, String label, String help) {
    /** Whether it takes no value. */
    boolean isSwitch() {
        return label.isEmpty();
    }

    OptionSpec spec() {
        OptionSpec.Builder builder = OptionSpec.builder(flag).description(help);
        return isSwitch()
                ? builder.build()
                : builder.paramLabel(label).type(String.class).arity("1").build();
    }
}
