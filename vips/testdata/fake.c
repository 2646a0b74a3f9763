// A library that has libvips' functions, but for what MISSING names, and does nothing.
#include <stdlib.h>
#include <string.h>

#ifndef MINOR
#define MINOR 18
#endif
#ifndef INIT
#define INIT 0
#endif

int vips_init(const char *program) {
  (void)program;
  return INIT;
}
int vips_version(int part) { return part == 0 ? 8 : part == 1 ? MINOR : 0; }
char *vips_error_buffer_copy(void) { return strdup("the fake does not start\n"); }
void g_free(void *p) { free(p); }

#define EMPTY(name) \
  void name(void) {}
EMPTY(vips_concurrency_set)
EMPTY(vips_cache_set_max)
EMPTY(vips_operation_new)
EMPTY(vips_object_build)
EMPTY(vips_object_unref_outputs)
EMPTY(vips_object_set_argument_from_string)
EMPTY(vips_blob_new)
EMPTY(vips_blob_get)
EMPTY(vips_area_unref)
EMPTY(vips_array_double_new)
EMPTY(vips_array_double_get)
EMPTY(vips_array_image_new)
EMPTY(vips_image_get_width)
EMPTY(vips_image_get_height)
EMPTY(vips_image_get_bands)
EMPTY(vips_image_hasalpha)
EMPTY(vips_image_get_typeof)
EMPTY(vips_image_get_int)
EMPTY(vips_image_get_array_int)
EMPTY(vips_image_get_interpretation)
EMPTY(vips_image_get_format)
EMPTY(vips_image_set_int)
EMPTY(vips_image_set_array_int)
EMPTY(vips_image_remove)
EMPTY(vips_image_new_from_memory_copy)
EMPTY(vips_image_write_to_memory)
#ifndef MISSING
EMPTY(vips_image_copy_memory)
#endif
EMPTY(g_object_set)
EMPTY(g_object_get)
EMPTY(g_object_class_find_property)
EMPTY(g_object_unref)
