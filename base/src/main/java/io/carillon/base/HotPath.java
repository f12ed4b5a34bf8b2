package io.carillon.base;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Marks a class that runs for every message: it does not log, lock, box, or allocate what a measurement would show. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.CLASS)
public @interface HotPath {}
