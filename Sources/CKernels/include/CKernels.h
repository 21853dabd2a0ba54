// Vector kernels for three CPU levels behind one table of function pointers.
#pragma once
