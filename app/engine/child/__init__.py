"""What runs in the engine child: jobs, prompts, the KV cache, llama.cpp itself."""
