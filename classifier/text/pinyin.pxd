from classifier.text.hash_table cimport Characters

cdef int spell_into(const Characters& bare, Characters& sounds) except -1
