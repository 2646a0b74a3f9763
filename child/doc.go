// Package child runs child processes of this same binary that are supervised and
// confined: whatever happens in one of them ends that one and nothing else.
//
// # Contract
//
// A [Command] names a role. [Start] runs this binary again, with an empty
// environment, in a process group of its own, without standard input, and hands it the
// ends of two pipes ([Conn]), and memory that it can read if it is asked for ([Shared]). In the child, main calls [Main], which calls the [Role];
// a role prepares itself with the operator's files and its own code only, calls
// [Self.Confine], and reads its first byte from the pipe after that. A child lives no longer than its parent: the kernel kills it.
//
// A [Pool] keeps children started and confined in advance. A [Supervisor] keeps one
// child of a pool at work for an owner, watches its memory, puts another in its
// place when it ends, and stops doing so when too many crash in too short a time.
//
// # Threat
//
// The code that runs in a confined child is assumed to be hostile and to have full
// control of the process: any instruction, any system call, any thread, at any
// time after Confine. On Linux it is held by layers, each of which is useful without
// the others:
//
//   - namespaces: users (in which it is nobody), network (in which there is none),
//     System V objects, host name
//   - no capabilities, and no way to gain any (no_new_privs)
//   - Landlock: no file but those that the program itself is loaded from, no TCP,
//     no signal and no abstract socket to the outside
//   - limits: open files, data, threads, no core dump, no file that grows
//   - a seccomp filter: a short list of system calls on what is open already. What
//     no code of ours ever calls ends the process ([ByViolation])
//
// Landlock, no_new_privs and capabilities belong to threads, and a Go program has
// several before main runs. So the child starts twice: first it confines the one
// thread that main runs on, then that thread executes the program again, which
// ends all others and inherits its confinement. The seccomp filter is put on all
// threads at once by the kernel.
//
// [Report] says which layers this kernel granted. Where the kernel is not Linux,
// children are supervised and not confined, and the report says so.
//
// # What is not promised
//
// Nothing is promised against a hole in the kernel that can be reached through the
// system calls that remain, nor against reading memory by speculation, nor against
// measuring time: a child that runs native code of its own has clocks. A child may
// use all the processor time that it is given, and its memory up to the limit.
// A role is trusted until it calls Confine. How many times a process was killed for
// lack of memory is a guess (see [Exit]).
package child
