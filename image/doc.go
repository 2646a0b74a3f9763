// Package image changes pictures, in processes of their own.
//
// A Job is what is to be done: a pipeline of named steps over files, and what is to come
// out. A Pool has workers do jobs, each a child process that is confined like a cordon
// and knows libvips; what a hostile file does to its worker costs that one job. Nothing of
// a picture is looked at in this process.
//
// Values that stand in a job are checked where it is read, so that a step can rely on
// them; what depends on the picture is found out when the job is done.
package image
