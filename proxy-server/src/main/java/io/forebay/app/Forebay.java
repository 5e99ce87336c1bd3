package io.forebay.app;

/** The program. */
public final class Forebay {
    private Forebay() {}

    public static void main(String[] args) {}
}
