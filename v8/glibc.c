// V8's library was built against glibc 2.38, whose headers give strtol and its
// kin new names for C23's binary literals. Older systems have the old names only;
// these stand in where the C library has none of its own.
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

__attribute__((weak)) long __isoc23_strtol(const char* s, char** end, int base) {
  return strtol(s, end, base);
}
__attribute__((weak)) unsigned long __isoc23_strtoul(const char* s, char** end, int base) {
  return strtoul(s, end, base);
}
__attribute__((weak)) long long __isoc23_strtoll(const char* s, char** end, int base) {
  return strtoll(s, end, base);
}
__attribute__((weak)) unsigned long long __isoc23_strtoull(const char* s, char** end, int base) {
  return strtoull(s, end, base);
}
__attribute__((weak)) int __isoc23_sscanf(const char* s, const char* format, ...) {
  va_list args;
  va_start(args, format);
  int n = vsscanf(s, format, args);
  va_end(args);
  return n;
}
__attribute__((weak)) int __isoc23_fscanf(FILE* f, const char* format, ...) {
  va_list args;
  va_start(args, format);
  int n = vfscanf(f, format, args);
  va_end(args);
  return n;
}
