package io.forebay.app;

import java.io.PrintWriter;
import java.util.Map;

/**
 * What a command has to do with beside its arguments; tests give their own.
 *
 * @param environment of the process
 * @param out for results
 * @param err for what went wrong
 * @param server starts one
 */
record Surroundings(Map<String, String> environment, PrintWriter out, PrintWriter err, RunningServer.Starter server) {}
