"""What the planner decides for nine machines and nine models, written out so that a change of mind shows in review."""

from __future__ import annotations

# By machine and model: place, layers per device (the CPU's behind the last +), context, type of the KV cache; left
# with no wish, right with 128k tokens of context wished.
TABLE = {
    "8 GB laptop": """
    8b Q4_K_M    disk  32 4k q8_0             | disk  32 64k q4_0
    8b Q8_0      disk  32 8k q8_0             | disk  32 64k q4_0
    8b F16       disk  32 8k q8_0             | disk  32 64k q4_0
    70b Q4_K_M   disk  80 4k q8_0             | disk  80 16k q4_0
    70b Q8_0     disk  80 4k q8_0             | disk  80 16k q4_0
    70b F16      disk  80 4k q8_0             | disk  80 16k q4_0
    405b Q4_K_M  disk  126 2k q8_0            | disk  126 8k q8_0
    405b Q8_0    disk  126 2k q8_0            | disk  126 8k q8_0
    405b F16     disk  126 2k q8_0            | disk  126 8k q8_0
    """,
    "16 GB Apple": """
    8b Q4_K_M    gpu   32+0 8k f16            | gpu   32+0 64k q8_0
    8b Q8_0      gpu   32+0 8k f16            | gpu   32+0 32k q4_0
    8b F16       disk  14+18 8k f16           | disk  3+29 128k q4_0
    70b Q4_K_M   disk  10+70 8k q8_0          | disk  7+73 32k q4_0
    70b Q8_0     disk  6+74 8k q8_0           | disk  4+76 32k q4_0
    70b F16      disk  2+78 8k q8_0           | disk  80 32k q8_0
    405b Q4_K_M  disk  2+124 4k q8_0          | disk  0+126 32k q4_0
    405b Q8_0    disk  1+125 4k q8_0          | disk  126 32k q4_0
    405b F16     disk  0+126 4k q8_0          | disk  126 32k q4_0
    """,
    "12 GB GPU, 32 GB": """
    8b Q4_K_M    gpu   32+0 8k f16            | split 23+9 128k q8_0
    8b Q8_0      gpu   32+0 8k f16            | split 18+14 128k q8_0
    8b F16       split 21+11 8k f16           | split 12+20 128k q8_0
    70b Q4_K_M   disk  17+63 8k f16           | disk  13+67 128k q4_0
    70b Q8_0     disk  10+70 8k f16           | disk  8+72 128k q4_0
    70b F16      disk  4+76 8k f16            | disk  4+76 128k q4_0
    405b Q4_K_M  disk  4+122 8k f16           | disk  3+123 64k q4_0
    405b Q8_0    disk  2+124 8k f16           | disk  2+124 64k q4_0
    405b F16     disk  0+126 8k f16           | disk  0+126 64k q4_0
    """,
    "24 GB GPU, 64 GB": """
    8b Q4_K_M    gpu   32+0 8k f16            | gpu   32+0 128k f16
    8b Q8_0      gpu   32+0 8k f16            | gpu   32+0 128k q8_0
    8b F16       gpu   32+0 8k f16            | split 29+3 128k q8_0
    70b Q4_K_M   split 40+40 8k f16           | split 26+54 128k q8_0
    70b Q8_0     split 23+57 4k q8_0          | split 23+57 8k q4_0
    70b F16      disk  11+69 8k f16           | disk  9+71 128k q8_0
    405b Q4_K_M  disk  10+116 8k f16          | disk  9+117 128k q4_0
    405b Q8_0    disk  5+121 8k f16           | disk  5+121 128k q4_0
    405b F16     disk  2+124 8k f16           | disk  2+124 128k q4_0
    """,
    "2 x 24 GB, 128 GB": """
    8b Q4_K_M    gpu   32+0 8k f16            | gpu   32+0 128k f16
    8b Q8_0      gpu   32+0 8k f16            | gpu   16+16+0 128k f16
    8b F16       gpu   32+0 8k f16            | gpu   17+15+0 128k f16
    70b Q4_K_M   gpu   41+39+0 8k f16         | split 28+27+25 128k q8_0
    70b Q8_0     split 24+23+33 8k f16        | split 15+15+50 128k f16
    70b F16      split 12+12+56 8k f16        | split 11+11+58 128k q4_0
    405b Q4_K_M  disk  11+10+105 8k f16       | disk  9+8+109 128k q8_0
    405b Q8_0    disk  6+6+114 8k f16         | disk  5+5+116 128k q8_0
    405b F16     disk  3+2+121 8k f16         | disk  2+2+122 128k q8_0
    """,
    "8 x 80 GB, 1 TB": """
    8b Q4_K_M    gpu   32+0 8k f16            | gpu   32+0 128k f16
    8b Q8_0      gpu   32+0 8k f16            | gpu   32+0 128k f16
    8b F16       gpu   32+0 8k f16            | gpu   32+0 128k f16
    70b Q4_K_M   gpu   80+0 8k f16            | gpu   40+40+0 128k f16
    70b Q8_0     gpu   80+0 8k f16            | gpu   40+40+0 128k f16
    70b F16      gpu   41+39+0 8k f16         | gpu   27+27+26+0 128k f16
    405b Q4_K_M  gpu   42+43+41+0 8k f16      | gpu   31+32+32+31+0 128k f16
    405b Q8_0    gpu   21+21+21+21+21+21+0 8k f16 | gpu   18+18+18+18+18+18+18+0 128k f16
    405b F16     split 12+12+12+12+12+12+12+12+30 8k f16 | split 11+11+11+11+11+11+11+11+38 128k f16
    """,
    "192 GB Apple": """
    8b Q4_K_M    gpu   32+0 8k f16            | gpu   32+0 128k f16
    8b Q8_0      gpu   32+0 8k f16            | gpu   32+0 128k f16
    8b F16       gpu   32+0 8k f16            | gpu   32+0 128k f16
    70b Q4_K_M   gpu   80+0 8k f16            | gpu   80+0 128k f16
    70b Q8_0     gpu   80+0 8k f16            | gpu   80+0 128k f16
    70b F16      gpu   80+0 8k f16            | split 74+6 128k q8_0
    405b Q4_K_M  disk  77+49 8k f16           | disk  60+66 128k q8_0
    405b Q8_0    disk  43+83 8k f16           | disk  33+93 128k q8_0
    405b F16     disk  22+104 8k f16          | disk  17+109 128k q8_0
    """,
    "integrated, 16 GB": """
    8b Q4_K_M    gpu   32+0 8k f16            | split 23+9 128k q4_0
    8b Q8_0      split 26+6 8k f16            | split 21+11 64k q4_0
    8b F16       disk  13+19 8k f16           | disk  5+27 128k q4_0
    70b Q4_K_M   disk  11+69 8k q8_0          | disk  3+77 64k q4_0
    70b Q8_0     disk  6+74 8k q8_0           | disk  1+79 64k q4_0
    70b F16      disk  2+78 8k q8_0           | disk  0+80 64k q4_0
    405b Q4_K_M  disk  2+124 4k q8_0          | disk  0+126 32k q4_0
    405b Q8_0    disk  1+125 4k q8_0          | disk  0+126 32k q4_0
    405b F16     disk  0+126 4k q8_0          | disk  126 32k q4_0
    """,
    "24 GB, no GPU": """
    8b Q4_K_M    cpu   32 8k f16              | cpu   32 128k q8_0
    8b Q8_0      cpu   32 8k f16              | cpu   32 128k q8_0
    8b F16       cpu   32 8k f16              | cpu   32 128k q4_0
    70b Q4_K_M   disk  80 8k f16              | disk  80 64k q8_0
    70b Q8_0     disk  80 8k f16              | disk  80 64k q8_0
    70b F16      disk  80 8k f16              | disk  80 64k q8_0
    405b Q4_K_M  disk  126 8k f16             | disk  126 64k q4_0
    405b Q8_0    disk  126 8k f16             | disk  126 64k q4_0
    405b F16     disk  126 8k f16             | disk  126 64k q4_0
    """,
}
