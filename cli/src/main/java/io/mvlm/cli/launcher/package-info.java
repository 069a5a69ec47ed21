/** What any {@code java} from 8 on can run: finds a JDK 25 and starts {@code io.mvlm.cli.Main} in it. */
package io.mvlm.cli.launcher;
