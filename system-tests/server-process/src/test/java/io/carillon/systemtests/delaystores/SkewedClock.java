package io.carillon.systemtests.delaystores;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.ProtectionDomain;
import java.util.Objects;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/**
 * An agent of Java that puts the clock of a packed server forward, or back. All of Carillon reads the wall clock at one
 * place; to what that answers this adds a number.
 */
public final class SkewedClock {
    private static final String READER_OF_CLOCK = "io/carillon/base/SystemTicker";

    private SkewedClock() {}

    /** What to tell a JVM so that its clock is ahead by so many ms. */
    static String javaOption(long ms) {
        try {
            Path jar = Files.createTempFile("skewed-clock-", ".jar");
            jar.toFile().deleteOnExit();
            Manifest manifest = new Manifest();
            manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
            manifest.getMainAttributes().putValue("Premain-Class", SkewedClock.class.getName());
            try (OutputStream file = Files.newOutputStream(jar);
                    JarOutputStream out = new JarOutputStream(file, manifest)) {
                put(out, SkewedClock.class);
                put(out, Skew.class);
            }
            return "-javaagent:" + jar + "=" + ms;
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static void put(JarOutputStream out, Class<?> type) throws IOException {
        String name = type.getName().replace('.', '/') + ".class";
        out.putNextEntry(new JarEntry(name));
        try (InputStream in = SkewedClock.class.getClassLoader().getResourceAsStream(name)) {
            Objects.requireNonNull(in, name).transferTo(out);
        }
        out.closeEntry();
    }

    /** Called by the JVM before the program. */
    public static void premain(String ms, Instrumentation instrumentation) {
        instrumentation.addTransformer(new Skew(Long.parseLong(ms)));
    }

    /** Adds to what {@code nowMs} returns. */
    record Skew(long ms) implements ClassFileTransformer {
        @Override
        public byte[] transform(
                ClassLoader loader, String name, Class<?> redefined, ProtectionDomain domain, byte[] bytes) {
            if (!READER_OF_CLOCK.equals(name)) {
                return null; // it stays as it is
            }
            ClassFile files = ClassFile.of();
            return files.transformClass(
                    files.parse(bytes),
                    ClassTransform.transformingMethodBodies(
                            method -> method.methodName().equalsString("nowMs"), (code, element) -> {
                                if (element instanceof ReturnInstruction) {
                                    code.loadConstant(ms).ladd();
                                }
                                code.with(element);
                            }));
        }
    }
}
