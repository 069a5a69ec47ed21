/** The command line: one class per command, mixins for the options they share, and what a well-behaved process owes its shell. */
package io.mvlm.cli;
